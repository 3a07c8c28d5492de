/**
 * The middle of the path as one function: a page goes in; what is staged of it comes out, as `COPY` text a table, with the counts. It
 * needs no Postgres and no Temporal, and everything that it takes and gives can be handed to a worker thread.
 */
import { stringify } from 'lossless-json'
import type { DatasetPlan, StreamPlan } from '../../config/dataset-plan.js'
import type { Key, SourceRecord } from '../../connectors/connector.js'
import { type PersonalSeen, prepareWatch } from '../rules/watch.js'
import { type Check, type Checked, prepareChecks } from './check.js'
import { type NewFields, prepareShape, type Shaped } from './shape.js'
import { type BuurtOf, type Pseudonymise, prepareShield, type Shield } from './shield.js'

/** Rows of one staging table, as text of `COPY … FROM STDIN`. */
export interface StagedText {
  /** Index in `StreamPlan.datasets`. */
  dataset: number
  /** Index of the child table; undefined for the dataset itself. */
  child?: number
  text: string
}

export interface Processed {
  /** Records of the page: those read, those that the source says are gone, and those that could not be read. */
  count: number
  staged: StagedText[]
  /** What was seen of personal values in columns that claim to hold none; undefined where no rule asks. */
  personal?: PersonalSeen | undefined
  /** What a person sees in `gemaal try`. */
  outcomes: { checked: Checked; shaped: Shaped }[] | undefined
}

export interface PageInput {
  records: readonly SourceRecord[]
  removed?: readonly Key[] | undefined
  unreadable?: readonly { key: Key | null; reason: string }[] | undefined
  readAt: Date
}

export interface PageProcessor {
  /**
   * @param slice number of the slice, kept with each row
   * @param from order of the first record in its slice; the next page goes on at `from + count`
   */
  process(page: PageInput, slice: number, from: number): Processed
  /** Undescribed fields that were met so far. Names only. */
  news: NewFields
}

/**
 * Columns of every staging table before those of the dataset. `_state`: r lands, q quarantine, o outside, x removed at the source.
 * `_findings` lands with the row; `_reported` is only counted. `_found_in`: of a record that lands, `<rule>=<column>` of each rule on a value.
 */
export const stagedColumns = ['_slice', '_seq', '_state', '_read_at', '_hash', '_findings', '_reported', '_found_in', '_refused'] as const

/** Columns of a staged child row before those of the child table. */
export const stagedChildColumns = ['_slice', '_seq', '_index', '_hash'] as const

/**
 * @param pseudonymise one a dataset, in the order of `plan.datasets`; undefined where none of its columns is pseudonymised
 * @param buurtOf undefined where no column lands as its buurt
 * @param keep whether the outcome of each record is given too
 */
export function preparePages(
  plan: StreamPlan,
  pseudonymise: readonly (Pseudonymise | undefined)[],
  buurtOf?: BuurtOf | undefined,
  keep = false,
): PageProcessor {
  const shape = prepareShape(plan)
  const checks = prepareChecks(plan, buurtOf)
  const watch = prepareWatch(plan)
  const targets = plan.datasets.map(
    (dataset, i) => new Target(plan, dataset, checks[i]!, prepareShield(plan, dataset, pseudonymise[i], buurtOf)),
  )
  const news: NewFields = new Set()
  return {
    news,
    process(page, slice, from) {
      const readAt = page.readAt.toISOString()
      const outcomes: Processed['outcomes'] = keep ? [] : undefined
      let seq = from
      for (const record of page.records) {
        const shaped = shape(record, news)
        watch?.look(shaped.values, seq)
        for (const target of targets) {
          const checked = target.add(shaped, `${slice}\t${seq}`, readAt)
          outcomes?.push({ checked, shaped })
        }
        seq++
      }
      for (const key of page.removed ?? []) {
        const shaped = shape(key, new Set())
        for (const target of targets) target.addRemoved(shaped, `${slice}\t${seq}`, readAt)
        seq++
      }
      for (const { key, reason } of page.unreadable ?? []) {
        const shaped = shape(key ?? {}, new Set())
        for (const target of targets) target.addUnreadable(shaped, reason, `${slice}\t${seq}`, readAt)
        seq++
      }
      const staged = targets.flatMap((target, dataset) => target.take(dataset))
      return { count: seq - from, staged, personal: watch?.take(), outcomes }
    },
  }
}

/** Gathers the rows of one dataset while a page goes by. */
class Target {
  readonly #fields: StreamPlan['fields']
  readonly #dataset: DatasetPlan
  readonly #check: Check
  readonly #shield: Shield
  readonly #columns: number
  readonly #keyAt: number[]
  #text = ''
  #children: string[]

  constructor(plan: StreamPlan, dataset: DatasetPlan, check: Check, shield: Shield) {
    this.#fields = plan.fields
    this.#dataset = dataset
    this.#check = check
    this.#shield = shield
    this.#columns = dataset.columns.length
    this.#keyAt = dataset.columns.flatMap((c, i) => (c.key ? [i] : []))
    this.#children = dataset.children.map(() => '')
  }

  add(shaped: Shaped, place: string, readAt: string): Checked {
    const checked = this.#check(shaped)
    if (checked.goes === 'land') {
      const row = this.#shield.row(shaped, checked)
      const landing = checked.findings.filter((f) => f.severity !== 'report').map((f) => f.rule)
      const reported = checked.findings.filter((f) => f.severity === 'report').map((f) => f.rule)
      const foundIn = checked.findings.flatMap((f) => (f.field === undefined ? [] : [`${f.rule}=${this.#fields[f.field]!.column}`]))
      this.#text += `${place}\tr\t${readAt}\t${row.hash}\t${ruleList(landing)}\t${ruleList(reported)}\t${ruleList(foundIn)}\t\\N${copyColumns(row.columns)}\n`
      row.children.forEach((rows, c) => {
        rows.forEach((child, index) => {
          this.#children[c] += `${place}\t${index}\t${child.hash}${copyColumns(child.columns)}\n`
        })
      })
    } else if (checked.goes === 'outside') this.#keyOnly(this.#shield.key(shaped), place, 'o', readAt)
    else this.#refuse(this.#shield.key(shaped), this.#shield.refused(shaped, checked), checked.findings, place, readAt)
    return checked
  }

  addRemoved(shaped: Shaped, place: string, readAt: string): void {
    this.#keyOnly(this.#shield.key(shaped), place, 'x', readAt)
  }

  addUnreadable(shaped: Shaped, reason: string, place: string, readAt: string): void {
    const finding = { rule: 'read.unreadable', severity: 'reject', detail: reason }
    this.#refuse(this.#shield.key(shaped), { record: {}, findings: [finding] }, [finding], place, readAt)
  }

  #refuse(key: (string | null)[], refused: object, findings: readonly { rule: string }[], place: string, readAt: string): void {
    const json = escapeCopy(stringify(refused) ?? '{}')
    this.#text += `${place}\tq\t${readAt}\t\\N\t${ruleList(findings.map((f) => f.rule))}\t{}\t{}\t${json}${this.#keyColumns(key)}\n`
  }

  #keyOnly(key: (string | null)[], place: string, state: 'o' | 'x', readAt: string): void {
    this.#text += `${place}\t${state}\t${readAt}\t\\N\t{}\t{}\t{}\t\\N${this.#keyColumns(key)}\n`
  }

  #keyColumns(key: readonly (string | null)[]): string {
    const columns: (string | null)[] = new Array(this.#columns).fill(null)
    this.#keyAt.forEach((at, i) => {
      columns[at] = key[i] ?? null
    })
    return copyColumns(columns)
  }

  take(dataset: number): StagedText[] {
    const staged: StagedText[] = []
    if (this.#text) staged.push({ dataset, text: this.#text })
    this.#children.forEach((text, child) => {
      if (text) staged.push({ dataset, child, text })
    })
    this.#text = ''
    this.#children = this.#dataset.children.map(() => '')
    return staged
  }
}

function copyColumns(columns: readonly (string | null)[]): string {
  let text = ''
  for (const column of columns) text += column === null ? '\t\\N' : `\t${escapeCopy(column)}`
  return text
}

// Rule ids are lower-case words with dots and hyphens, columns such words with underscores: no quoting needed in an array.
function ruleList(rules: readonly string[]): string {
  return rules.length === 0 ? '{}' : `{${[...new Set(rules)].join(',')}}`
}

const special = /[\\\t\n\r]/
const escapes: { [character: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** @see PostgreSQL documentation, COPY, "Text Format" */
export function escapeCopy(text: string): string {
  return special.test(text) ? text.replace(/[\\\t\n\r]/g, (c) => escapes[c]!) : text
}
