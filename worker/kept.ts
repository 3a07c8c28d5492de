/**
 * Refused records as quarantine keeps them, judged again: by the rules of now, without asking the source. Only where everything that the rules
 * look at was kept as the source gave it; what was dropped, pseudonymised or made coarser cannot be judged.
 */
import { parse } from 'lossless-json'
import type { DatasetPlan, PlannedColumn, StreamPlan } from '../config/dataset-plan.js'
import type { SourceRecord } from '../connectors/connector.js'
import type { Database } from '../sql/database.js'
import { type KeptEntry, keptEntries } from '../sql/quarantine-replay.js'
import { prepareChecks } from './pipeline/check.js'
import { prepareShape } from './pipeline/shape.js'
import { isObject } from './pipeline/values.js'
import { fieldsOf, type ProjectPlan } from './planning/plan.js'

/** What the rules of now say of a record as it was kept. */
export type KeptVerdict = { id: number } & (
  | { judged: false }
  | {
      judged: true
      /** Rules that refuse it; none where it would land, or be outside the selection. */
      refusedBy: readonly string[]
      /** All that lands was kept, so that the record itself can be read from quarantine. */
      whole: boolean
    }
)

/** The plans that were applied, by digest; that of a run says how its records were treated. */
export interface Plans {
  load(digest: string): Promise<{ plan: ProjectPlan }>
}

const atOnce = 500

/**
 * Judges entries by the plan of now. One that was closed meanwhile is left out.
 *
 * @param ids entries of one stream
 */
export async function judgeKept(db: Database, plans: Plans, plan: StreamPlan, ids: readonly number[]): Promise<KeptVerdict[]> {
  const verdicts: KeptVerdict[] = []
  const judges = new Map<string, ReturnType<typeof judgeOf>>()
  for (let at = 0; at < ids.length; at += atOnce) {
    for (const entry of await keptEntries(db, ids.slice(at, at + atOnce))) {
      const dataset = plan.datasets.find((d) => d.name === entry.dataset && d.source === entry.source && d.stream === entry.stream)
      if (!dataset) {
        verdicts.push({ id: entry.id, judged: false })
        continue
      }
      const before = await planOfEntry(plans, entry)
      const judge = judges.get(dataset.name) ?? judgeOf(plan, dataset)
      judges.set(dataset.name, judge)
      verdicts.push(before ? judge(entry, before) : { id: entry.id, judged: false })
    }
  }
  return verdicts
}

/** The plan by which the entry was treated; undefined where it is not known any more. */
async function planOfEntry(plans: Plans, entry: KeptEntry): Promise<DatasetPlan | undefined> {
  try {
    const { plan } = await plans.load(entry.digest)
    const dataset = plan.streams.get(`${entry.source}/${entry.stream}`)?.plan.datasets.find((d) => d.name === entry.dataset)
    return dataset?.fingerprint === entry.fingerprint ? dataset : undefined
  } catch {
    return undefined // files of an older form, or a connector that is gone
  }
}

function judgeOf(plan: StreamPlan, dataset: DatasetPlan): (entry: KeptEntry, before: DatasetPlan) => KeptVerdict {
  const alone = { ...plan, datasets: [dataset] }
  const shape = prepareShape(alone)
  const [check] = prepareChecks(alone)
  const asked = new Set([...plan.key, ...dataset.where.map((c) => c.field), ...dataset.rules.flatMap(fieldsOf)])
  return (entry, before) => {
    const { id } = entry
    const record = valuesOf(entry)
    const kept = (column: PlannedColumn) =>
      Object.hasOwn(record, column.name) && isKept(plan, column) && before.columns.some((c) => c.name === column.name && keepsAll(c))
    const columns = dataset.columns.filter(kept)
    const fields = new Set(columns.map((c) => c.field))
    if (![...asked].every((field) => fields.has(field))) return { id, judged: false }
    const shaped = shape(recordOf(plan, columns, record), new Set())
    const { goes, findings } = check!(shaped)
    const refusedBy =
      goes === 'quarantine'
        ? [...new Set(findings.filter((f) => f.severity === 'reject' || f.severity === 'blank').map((f) => f.rule))]
        : []
    return { id, judged: true, refusedBy, whole: columns.length === dataset.columns.length && dataset.children.length === 0 }
  }
}

function isKept(plan: StreamPlan, column: PlannedColumn): boolean {
  return keepsAll(column) && (column.inside?.length ?? 0) === (plan.fields[column.field]!.inside?.length ?? 0)
}

function keepsAll({ treatment, inside }: PlannedColumn): boolean {
  return treatment === 'keep' && (inside ?? []).every((i) => i.treatment === 'keep')
}

/** The record as its source would give it: shaped values are values of their type, so that shaping them again changes nothing. */
export function recordOf(plan: StreamPlan, columns: readonly PlannedColumn[], kept: { readonly [column: string]: unknown }): SourceRecord {
  const record: { [name: string]: unknown } = {}
  for (const { name, field } of columns) {
    const value = kept[name]
    if (value === null || value === undefined) continue
    const path = plan.fields[field]!.path
    let at = record
    for (const part of path.slice(0, -1)) {
      if (!isObject(at[part])) at[part] = {}
      at = at[part] as { [name: string]: unknown }
    }
    at[path.at(-1)!] = value
  }
  return record
}

/** Records of entries as they were kept whole, to be read in the place of the source; each with the moment at which the source gave it. */
export async function recordsKept(
  db: Database,
  plan: StreamPlan,
  dataset: string,
  ids: readonly number[],
): Promise<{ id: number; record: SourceRecord; readAt: Date }[]> {
  const columns = plan.datasets.find((d) => d.name === dataset)!.columns
  return (await keptEntries(db, ids)).map((entry) => ({
    id: entry.id,
    record: recordOf(plan, columns, valuesOf(entry)),
    readAt: entry.readAt,
  }))
}

/** Values by column, with numbers as they are written. */
function valuesOf({ record }: KeptEntry): { [column: string]: unknown } {
  return parse(record) as { [column: string]: unknown }
}
