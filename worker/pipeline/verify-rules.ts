/** In verify: the rules that decide whether a set may be published, and what the load says beside the earlier ones. */
import type { DatasetPlan, PlannedLoadRule, UpTo } from '../../config/dataset-plan.js'
import { type ComingSet, judgeComing } from '../../sql/coming-set.js'
import type { Database, LoadFinding, LoadProfile, PersonalSeen } from '../../sql/database.js'
import { exceeds } from '../../sql/finding-states.js'
import { acceptedCounts } from '../../sql/holds.js'
import { earlierProfiles, measuresOf, storeProfile } from '../../sql/load-profiles.js'
import { personalSeen } from '../../sql/personal.js'
import type { StreamRun } from '../../sql/runs.js'
import { judgeLoad, type ListingEnd, mostLoads } from '../rules/load-checks.js'
import type { StreamSession } from '../session.js'
import type { Target } from './stage.js'

/** A rule that does not hold, for the person who decides: no key and no value. */
export interface BrokenRule {
  rule: string
  count: number
  of: number
  /** Of a rule on a load: what was measured, and what is usual. */
  detail?: string
}

/** What does not hold over its bound, by what its contract says must happen then. */
export interface Judgement {
  hold: BrokenRule[]
  fail: BrokenRule[]
}

/**
 * Judges one dataset of a stream run before it is published. Safe to repeat.
 *
 * A rule that could not be judged holds nothing: publish tells of it.
 *
 * @param deletesWait a person decides about the deletes of this run
 */
export async function judgeTarget(
  session: StreamSession,
  run: StreamRun,
  { plan, datasetRunId }: Target,
  { deletesWait, listing }: { deletesWait: boolean; listing: ListingEnd },
  signal: AbortSignal,
): Promise<Judgement> {
  const { db } = session.warehouse
  const setRules = plan.setRules.filter((rule) => rule.severity === 'fail' || (rule.severity === 'hold' && decides(run)))
  const loadRules = plan.loadRules.filter(({ check }) => comparable(check.name, run))
  if (setRules.length === 0 && loadRules.length === 0) return { hold: [], fail: [] }
  const measuring = loadRules.filter(({ check }) => measures(check.name))
  const coming =
    setRules.length === 0 && measuring.length === 0
      ? undefined
      : await judgeComing(session.warehouse, {
          plan,
          datasetRunId,
          rules: setRules,
          measures: measuring.length > 0 ? measuresOf(plan, measuring) : undefined,
          columns: [...new Set([...setRules, ...measuring].flatMap((rule) => rule.columns))],
          deletesWait,
          signal,
        })
  const personal = loadRules.some(({ check }) => check.name === 'personal-values') ? await personalSeen(db, run.id) : {}
  const ground = { now: coming?.profile, listing, personal }
  const broken = [
    ...(coming ? brokenSets(coming) : []),
    ...(loadRules.length > 0 ? await judgeLoads(session, plan, datasetRunId, loadRules, ground) : []),
  ]
  const taken = broken.some((b) => b.severity === 'hold') ? await acceptedCounts(db, plan) : new Map<string, number>()
  const of = (severity: string) => broken.filter((b) => b.severity === severity).map(({ severity: _, ...rule }) => rule)
  return { hold: of('hold').filter(({ rule, count }) => count > (taken.get(rule) ?? 0)), fail: of('fail') }
}

/** A run by key or of a window is asked for by a person or a notification, and knows a part: it waits for nobody. */
const decides = ({ reading }: StreamRun): boolean => reading === 'full' || reading === 'changes'

/** Like is compared with like: a reading of changes says nothing of what it did not read, but how new the newest record is. */
function comparable(check: string, { reading }: StreamRun): boolean {
  return reading === 'full' || (reading === 'changes' && (check === 'fresh-within' || !measures(check)))
}

/** Whether a rule looks at the rows of the set; the others know enough from how it was read. */
function measures(check: string): boolean {
  return check !== 'complete' && check !== 'personal-values'
}

type Broken = BrokenRule & { severity: string }

function brokenSets({ rows, verdicts }: ComingSet): Broken[] {
  return verdicts.flatMap((verdict) => {
    if (!('broken' in verdict)) return []
    const { id, severity, upTo } = verdict.rule
    return overBound(upTo, verdict.broken, rows) ? [{ rule: id, severity, count: verdict.broken, of: rows }] : []
  })
}

async function judgeLoads(
  { warehouse }: StreamSession,
  plan: DatasetPlan,
  datasetRunId: number,
  rules: readonly PlannedLoadRule[],
  ground: { now: LoadProfile | undefined; listing: ListingEnd; personal: PersonalSeen },
): Promise<Broken[]> {
  const { db } = warehouse
  const at = new Date()
  const findings: LoadFinding[] = []
  const broken: Broken[] = []
  for (const rule of rules) {
    const verdicts = judgeLoad(rule.check, rule.columns, {
      ...ground,
      now: ground.now ?? nothingMeasured,
      at,
      earlier: await earlierOf(db, plan, rule),
    })
    const violations = verdicts.filter((v) => v.verdict === 'violation')
    if (violations.length === 0) continue
    const found = { rule: rule.id, severity: rule.severity, count: violations.length, of: verdicts.length, detail: detailOf(violations) }
    findings.push(found)
    if (overBound(rule.upTo, found.count, found.of)) broken.push(found)
  }
  await storeProfile(db, datasetRunId, ground.now, findings)
  return broken
}

async function earlierOf(db: Database, plan: DatasetPlan, { id, check }: PlannedLoadRule): Promise<LoadProfile[]> {
  return check.name === 'fresh-within' || !measures(check.name) ? [] : earlierProfiles(db, plan, id, mostLoads)
}

const nothingMeasured: LoadProfile = Object.freeze({ rows: 0, absent: {}, codes: {}, newest: {} })

/** Of a wide dataset the first columns tell enough. */
const toldMeasures = 10

function detailOf(violations: readonly { detail: string }[]): string {
  const told = violations.slice(0, toldMeasures).map((v) => v.detail)
  return [...told, ...(violations.length > toldMeasures ? [`and ${violations.length - toldMeasures} more`] : [])].join('; ')
}

/** Without a bound of its contract none is taken. */
function overBound(upTo: UpTo | undefined, records: number, of: number): boolean {
  return upTo ? exceeds(upTo, { records, of }) : records > 0
}

/** What a person reads of rules that their contract sets to `fail`. */
export function failureWords(plan: DatasetPlan, broken: readonly BrokenRule[]): string {
  const words = broken.map(({ rule, count, of, detail }) =>
    detail === undefined ? `${count} of ${of} rows break ${rule}` : `${rule} does not hold (${detail})`,
  )
  return `${plan.name}: ${words.join('; ')}. Its contract sets that to 'fail': nothing of this dataset lands until the source is mended, or the contract takes it`
}
