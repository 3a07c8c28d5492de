/**
 * Which columns of a stream land in a dataset, and how. Two keys turn the lock for a personal kind: the contract asks for it, and the activity
 * allows it with a treatment. What is not asked for and allowed does not land.
 */
import { type Activity, allowed } from '../../config/activity.js'
import type { ColumnChange, Contract } from '../../config/dataset.js'
import type { ChildTable, DatasetPlan, PlannedColumn, ValueType } from '../../config/dataset-plan.js'
import { isPersonal, type Kind, type PersonalKind, type Treatment, treatmentsOf } from '../../config/kinds.js'
import { nearestWord } from '../../config/problem.js'
import { columnOf } from '../../connectors/column.js'
import type { StreamField } from './fields.js'
import { typeOf } from './fields.js'
import { longestColumn, unfit } from './names.js'

export interface Landing {
  columns: PlannedColumn[]
  children: ChildTable[]
  left: DatasetPlan['left'][number][]
}

/** Whether some column of a dataset lands by a treatment. */
export function landsAs({ columns, children }: Pick<DatasetPlan, 'columns' | 'children'>, by: Treatment): boolean {
  return (
    columns.some(({ treatment, inside }) => treatment === by || inside?.some((each) => each.treatment === by)) ||
    children.some((child) => child.columns.some(({ treatment }) => treatment === by))
  )
}

/** Tells what is wrong with the contract, at a path in its file. */
export type Tell = (
  path: readonly (string | number)[],
  message: string,
  parts?: { found?: string; expected?: string; nearest?: string | undefined },
) => void

/** Types that can hold a place: GeoJSON, WKT or two numbers as text, or a nested value that says itself what of it does. */
const placeTypes: readonly ValueType[] = ['geometry', 'text', 'json']

/** What two keys say of a kind: how it lands, or why it does not. */
type Verdict = { treatment: Treatment } | { why: 'not asked for' | 'not allowed' | 'dropped by activity' }

export function keysFor(contract: Contract, activity: Activity | undefined): (kind: Kind) => Verdict {
  return (kind) => {
    if (!isPersonal(kind)) return { treatment: 'keep' }
    if (!contract.personal.includes(kind)) return { why: 'not asked for' }
    const treatment = activity && allowed(activity, kind)
    if (treatment) return { treatment }
    return { why: activity?.personal[kind] === 'drop' ? 'dropped by activity' : 'not allowed' }
  }
}

/**
 * Decides the columns of a dataset, key columns first, then in the order of the record.
 */
export function planColumns(contract: Contract, activity: Activity | undefined, fields: readonly StreamField[], tell: Tell): Landing {
  const turn = keysFor(contract, activity)
  const landing: Landing = { columns: [], children: [], left: [] }
  const wanted = contract.columns
  const changes = wanted?.take === 'all' ? wanted.changes : {}
  const only = wanted?.take === 'these' ? new Set(wanted.columns) : undefined
  const names = fields.filter((f) => f.lands).map((f) => f.column)
  refuseUnknown(contract, names, tell)
  const made = new Map<string, { column: string; change: Extract<ColumnChange, { as: 'made' }> }>()
  for (const [column, change] of Object.entries(changes)) if (change.as === 'made') made.set(change.from, { column, change })

  const ordered = [...fields.filter((f) => f.key), ...fields.filter((f) => !f.key && f.lands)]
  for (const field of ordered) {
    const at = fields.indexOf(field)
    const renamed = made.get(field.column)
    const change = renamed?.change ?? changes[field.column]
    const name = renamed?.column ?? field.column
    const path = ['columns', ...(wanted?.take === 'these' ? [wanted.columns.indexOf(field.column)] : [name])]
    if (only && !only.has(field.column) && !field.key) continue
    if (change?.as === 'treated' && change.treatment === 'drop') {
      if (field.key) tell(path, `'${field.column}' is the key of the stream and cannot be dropped`)
      else landing.left.push({ column: field.column, kind: field.kind, why: 'dropped by contract' })
      continue
    }
    const verdict = turn(field.kind)
    if ('why' in verdict) {
      if (field.key)
        tell(
          [],
          `the key '${field.column}' is of kind '${field.kind}'; ask for it under 'personal' and let the activity allow it, so that it lands as a pseudonym`,
        )
      else if (only || change)
        tell(
          path,
          `'${field.column}' is of kind '${field.kind}', which is ${verdict.why === 'not asked for' ? "not asked for; add it under 'personal'" : `not allowed by activity '${contract.activity ?? ''}'`}`,
        )
      else landing.left.push({ column: field.column, kind: field.kind, why: verdict.why })
      continue
    }
    const why = unfit(name)
    if (why !== undefined)
      tell(
        path,
        `field '${field.path.join('.')}' would be column '${name}', ${why}; give it a name under 'columns', as in { kort: { from: ${name}, description: … } }`,
      )
    const treatment = treatmentFor(field, verdict.treatment, change, path, tell)
    if (treatment === 'buurt' && !placeTypes.includes(field.value))
      tell(
        path,
        `'${field.column}' would land as its CBS buurt, and is a ${field.value}, which alone is no place; drop the column under 'columns'`,
      )
    if (change?.as === 'table') {
      const keys = landing.columns.filter((c) => c.key).map((c) => c.name) // key columns come first
      const child = childOf(contract, field, at, keys, turn, tell, path)
      if (child) landing.children.push(child)
      continue
    }
    const inside = field.inside && insideOf(field, turn)
    if (field.inside && inside!.length === 0) {
      const kind = field.inside.map((i) => i.kind).find(isPersonal) ?? 'none'
      landing.left.push({ column: field.column, kind, why: 'not asked for' })
      continue
    }
    landing.columns.push({
      name,
      type: typeOf(field, treatment),
      field: at,
      kind: field.kind,
      treatment,
      description: renamed?.change.description ?? field.description,
      key: field.key,
      volatile: field.volatile,
      reference: field.reference,
      codes: field.codes,
      ...(inside && { inside }),
    })
  }
  return landing
}

function refuseUnknown(contract: Contract, names: readonly string[], tell: Tell): void {
  const unknown = (path: (string | number)[], column: string) =>
    tell(path, `there is no column '${column}' in this stream`, {
      found: column,
      expected: `one of ${names.join(', ')}`,
      nearest: nearestWord(column, names),
    })
  const wanted = contract.columns
  if (wanted?.take === 'these') {
    for (const [i, column] of wanted.columns.entries()) if (!names.includes(column)) unknown(['columns', i], column)
  }
  if (wanted?.take === 'all') {
    for (const [column, change] of Object.entries(wanted.changes)) {
      if (change.as === 'made') {
        if (!names.includes(change.from)) unknown(['columns', column, 'from'], change.from)
        else if (names.includes(column) && column !== change.from)
          tell(
            ['columns', column],
            `'${column}' is a column of the stream already; give the column that is made of '${change.from}' another name`,
          )
      } else if (!names.includes(column)) unknown(['columns', column], column)
    }
  }
}

/** A contract may be stricter than its activity, never milder. */
function treatmentFor(
  field: StreamField,
  ceiling: Treatment,
  change: ColumnChange | undefined,
  path: (string | number)[],
  tell: Tell,
): Treatment {
  const asked = change?.as === 'treated' || change?.as === 'made' ? change.treatment : undefined
  if (asked === undefined) return ceiling
  if (!isPersonal(field.kind)) {
    if (asked !== 'keep') tell(path, `'${field.column}' says nothing of a person, so that '${asked}' has nothing to hide`)
    return 'keep'
  }
  const suits = treatmentsOf[field.kind]
  if (!suits.includes(asked)) {
    tell(path, `'${asked}' does not suit the kind '${field.kind}'`, {
      found: asked,
      expected: `one of ${suits.join(', ')}`,
      nearest: nearestWord(asked, suits),
    })
    return ceiling
  }
  if (suits.indexOf(asked) > suits.indexOf(ceiling)) {
    tell(path, `'${asked}' is milder than the activity allows for '${field.kind}'`, { found: asked, expected: `'${ceiling}' or stricter` })
    return ceiling
  }
  return asked
}

function insideOf(field: StreamField, turn: (kind: Kind) => Verdict): NonNullable<PlannedColumn['inside']>[number][] {
  return (field.inside ?? []).flatMap(({ path, kind }) => {
    const verdict = turn(kind)
    return 'treatment' in verdict ? [{ path, kind, treatment: verdict.treatment }] : []
  })
}

function childOf(
  contract: Contract,
  field: StreamField,
  at: number,
  keys: readonly string[],
  turn: (kind: Kind) => Verdict,
  tell: Tell,
  path: (string | number)[],
): ChildTable | undefined {
  const elements = (field.inside ?? []).filter((i) => i.path[0] === '*' && !i.path.slice(1).includes('*'))
  if (elements.length === 0) {
    tell(path, `'${field.column}' is no list of described objects, so that it cannot be a table of its own`)
    return undefined
  }
  const table = `${contract.table}_${field.column}`
  const otherwise = `; land it as json, or drop it`
  if (Buffer.byteLength(table) > longestColumn)
    tell(path, `'${field.column}' would be table '${table}', which is longer than ${longestColumn} bytes${otherwise}`)
  const taken = new Set(keys)
  const columns = elements.flatMap((element) => {
    const verdict = turn(element.kind)
    if ('why' in verdict) return []
    const name = columnOf(element.path.slice(1), element.value)
    const why = taken.has(name) ? 'which another column of that table is called' : unfit(name)
    if (why !== undefined) tell(path, `'${field.column}' would be a table with a column '${name}', ${why}${otherwise}`)
    taken.add(name)
    const type = typeOf(element, verdict.treatment)
    return [
      {
        name,
        path: element.path.slice(1),
        type,
        value: element.value,
        kind: element.kind,
        treatment: verdict.treatment,
        description: element.description,
      },
    ]
  })
  return { table, field: at, columns }
}

/** Kinds of persons that land in a dataset, pseudonymised or not. */
export function personalKindsOf(landing: Pick<Landing, 'columns' | 'children'>): PersonalKind[] {
  const found = new Set<PersonalKind>()
  for (const column of landing.columns) {
    if (isPersonal(column.kind)) found.add(column.kind)
    for (const inside of column.inside ?? []) if (isPersonal(inside.kind)) found.add(inside.kind)
  }
  for (const child of landing.children) for (const column of child.columns) if (isPersonal(column.kind)) found.add(column.kind)
  return [...found]
}
