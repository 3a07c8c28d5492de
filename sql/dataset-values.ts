/** How the values that a plan lands compare with those that an earlier plan landed. */
import type { ColumnType, DatasetPlan, PlannedColumn } from '../config/dataset-plan.js'
import type { Treatment } from '../config/kinds.js'

/** A column of a dataset or of one of its child tables. */
export interface LandedColumn {
  name: string
  type: ColumnType
  kind: PlannedColumn['kind']
  treatment: Treatment
  inside?: PlannedColumn['inside']
}

/**
 * - `stricter`: the old values say more than the new plan allows.
 * - `milder`: the old values say less than the new plan wants.
 * - `domain`: pseudonyms that must not be joinable with the old ones.
 * - `generation`: pseudonyms of another key in the same domain.
 */
export type Values = 'same' | 'stricter' | 'milder' | 'domain' | 'generation'

/** From strict to mild; config/kinds.ts gives the reasons. */
const strictness: readonly Treatment[] = ['drop', 'pseudonymise', 'year', 'month', 'pc4', 'buurt', 'keep']

/** Types whose every value fits the other type, with the same meaning and a text that does not depend on a setting. */
const widenings: { readonly [from: string]: readonly string[] } = {
  bigint: ['numeric', 'text'],
  numeric: ['text'],
  boolean: ['text'],
  date: ['text'],
  uuid: ['text'],
  'bigint[]': ['numeric[]', 'text[]'],
  'numeric[]': ['text[]'],
  'boolean[]': ['text[]'],
  'date[]': ['text[]'],
  'uuid[]': ['text[]'],
}

export function widens(from: string, to: string): boolean {
  return widenings[from]?.includes(to) ?? false
}

/**
 * @param keys ids of the pseudonym keys, of the values that stand there and of those to come; where one is not known they count as the same
 */
export function compareValues(
  was: DatasetPlan,
  now: DatasetPlan,
  keys: { was: string | null; now: string | undefined },
  old: LandedColumn,
  column: LandedColumn,
): Values {
  const before = strictness.indexOf(old.treatment)
  const after = strictness.indexOf(column.treatment)
  if (after < before || keepsLessInside(old, column)) return 'stricter'
  if (after > before || keepsLessInside(column, old)) return 'milder'
  if (column.treatment !== 'pseudonymise') return 'same'
  if (was.domain !== now.domain) return 'domain'
  return keys.now !== undefined && keys.was !== null && keys.now !== keys.was ? 'generation' : 'same'
}

/** What a treatment does, as the end of a sentence. */
export function landing(column: LandedColumn): string {
  if (column.inside && column.treatment === 'keep') return 'kept in part'
  return treated[column.treatment]
}

const treated: { readonly [treatment in Treatment]: string } = {
  drop: 'dropped',
  pseudonymise: 'pseudonymised',
  year: 'cut to the year',
  month: 'cut to the month',
  pc4: 'cut to four digits',
  buurt: 'cut to the buurt',
  keep: 'kept',
}

/** Whether a jsonb column keeps less of what is inside than it did. */
function keepsLessInside(old: LandedColumn, column: LandedColumn): boolean {
  if (!column.inside) return false
  if (!old.inside) return old.type === 'jsonb' && column.type === 'jsonb'
  const now = new Map(column.inside.map((i) => [JSON.stringify(i.path), strictness.indexOf(i.treatment)]))
  return old.inside.some((i) => (now.get(JSON.stringify(i.path)) ?? 0) < strictness.indexOf(i.treatment))
}

/** Whether two plans select the same records. */
export function sameSelection(a: DatasetPlan, b: DatasetPlan): boolean {
  // The index of a field moves with other datasets of the stream and says nothing of this one.
  const text = (plan: DatasetPlan) =>
    JSON.stringify(plan.where.map(({ field: _, ...condition }) => Object.entries(condition).sort(([x], [y]) => (x < y ? -1 : 1))))
  return text(a) === text(b)
}

export function majorVersion(plan: DatasetPlan): number {
  return Number.parseInt(plan.version, 10) || 0
}
