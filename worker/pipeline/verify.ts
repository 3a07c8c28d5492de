/**
 * Stop 6, verify: what must hold of the set before it is published. Was the scope listed whole? Which absent keys are gone, by proof? Does
 * anything have to wait for a person?
 */
import type { Threshold } from '../../config/dataset-plan.js'
import type { Page, SourceRecord } from '../../connectors/connector.js'
import * as candidates from '../../sql/candidates.js'
import { warehouseClock } from '../../sql/clock.js'
import type { Database, DatasetStatus, HoldReason } from '../../sql/database.js'
import {
  failDatasetRun,
  failureOf,
  fullHold,
  type HoldRequest,
  holdGone,
  holdKeys,
  holdOf,
  lockDatasetRuns,
  makeHold,
  seenAgain,
  supersedeHolds,
} from '../../sql/holds.js'
import { keysAsSpelt } from '../../sql/known.js'
import { findStreamRun, type StreamRun, slicesOf } from '../../sql/runs.js'
import { acceptScope, compareScopes, type ScopeChange, scopeStanding } from '../../sql/scopes.js'
import { analyzeStaging, beginAttempt, endProof, proofSlice, proofSliceOf, stagedCounts } from '../../sql/staging.js'
import { keyOfLanded, landedOfKey, parentColumnOf, type StreamSession } from '../session.js'
import { preparePages } from './page.js'
import type { PageGroup } from './read.js'
import { stageGroup, type Target, targetsOf } from './stage.js'
import { failureWords, type Judgement, judgeTarget } from './verify-rules.js'

export interface Verified {
  /** Whether the stream was listed whole. */
  listedAll: boolean
  /** Keys fewer than the source's own totals. */
  shortBy: number
  datasets: VerifiedDataset[]
  /** Keys that were absent and that we may not re-read: rights changed, nothing was deleted for it. */
  forbidden: number
}

export interface VerifiedDataset {
  dataset: string
  datasetRunId: number
  /** `fail`: a rule that must hold does not; nothing of it lands. */
  outcome: 'publish' | 'hold' | 'fail'
  hold?: number | undefined
  /** Why it failed, for people. */
  why?: string | undefined
}

const keysAProof = 100

/**
 * Verifies a stream run whose slices are done. Safe to repeat: proofs and holds that are there already stay.
 *
 * @throws as `stageSlice`, since absent keys are re-read from the source
 */
export async function verifyStream(
  session: StreamSession,
  streamRunId: number,
  signal: AbortSignal,
  tell: (checked: number) => void,
): Promise<Verified> {
  const { db } = session.warehouse
  const run = await findStreamRun(db, streamRunId)
  const targets = await targetsOf(session, streamRunId)
  // An earlier attempt may have come further for some datasets than its answer did.
  const open = targets.filter((t) => t.status === 'staging')
  const slices = await slicesOf(db, streamRunId)
  const listed = slices.filter((s) => s.name !== proofSlice)
  const partial = run.reading === 'by-key' || run.reading === 'window'
  const listedAll = !partial && listed.length > 0 && listed.every((s) => s.done && s.complete === 'all')
  const shortBy = listed.reduce((sum, s) => sum + (s.short_by ?? 0), 0)
  const scope = run.reading === 'window' ? undefined : scopeOf(session, listedAll)
  const standing = await scopeStanding(db, run.source)
  const rights = run.scope && standing ? compareScopes(standing.scope, run.scope) : undefined
  const proven = new Proofs(session, run, signal, tell)

  for (const target of open) {
    await analyzeStaging(db, target.datasetRunId)
    const parentColumn = parentColumnOf(session, target.plan)
    if (parentColumn) for (const parents of session.parents) await candidates.stageOrphans(db, ref(target, run), parentColumn, parents)
  }
  const held = new Map<Target, HoldRequest>()
  for (const target of open) {
    const scopeHere = scope && 'parentColumn' in scope ? narrowed(session, target) : scope
    const waiting = await reasonToWait(session, run, target, scopeHere, rights)
    if (waiting) held.set(target, waiting)
    // With fewer rights than before, absence says nothing; with many candidates, a person looks first.
    const ask = scopeHere && !waiting && !rights?.narrower.length
    if (!ask) continue
    if (canReread(session, target)) await proven.prove(target, scopeHere, targets)
    else if ('all' in scopeHere) {
      const gone = await candidates.proveByAbsence(session.warehouse, ref(target, run), scopeHere)
      const rows = await candidates.standingRows(db, target.plan)
      if (over(target.plan.holds.deleted, gone, rows)) held.set(target, deletesHold(target, gone, rows))
    }
  }
  await proven.end()
  const listing = { ended: partial || run.reading === 'changes' || listed.every((s) => s.done && s.complete !== null), shortBy }
  const judged = new Map<Target, Judgement>()
  for (const target of open) {
    const deletesWait = held.get(target)?.withholds === 'deletes'
    judged.set(target, await judgeTarget(session, run, target, { deletesWait, listing }, signal))
  }

  return db.transaction().execute(async (trx) => {
    const datasets: VerifiedDataset[] = []
    const statuses = await lockDatasetRuns(trx, streamRunId)
    for (const target of targets) {
      const { plan, datasetRunId } = target
      const status = statuses.get(datasetRunId)
      const decision =
        status === 'staging'
          ? await decide(trx, { session, run, scope }, target, held.get(target), judged.get(target))
          : await decided(trx, datasetRunId, status)
      datasets.push({ dataset: plan.name, datasetRunId, ...decision })
    }
    const minded = [...held.values()].some((h) => h.why === 'scope narrower' || h.why === 'scope wider')
    if (run.scope && rights && (rights.narrower.length > 0 || rights.wider.length > 0) && !minded) {
      // No contract minds: the rights of now are those that the next run is compared with.
      await acceptScope(trx, run.source, run.scope, 'no contract minds', false)
    }
    return { listedAll, shortBy, datasets, forbidden: proven.forbidden }
  })
}

type Trx = Parameters<typeof makeHold>[0]
type Decision = Pick<VerifiedDataset, 'outcome' | 'hold' | 'why'>

/** What an earlier attempt decided about a dataset run. */
async function decided(trx: Trx, datasetRunId: number, status: DatasetStatus | undefined): Promise<Decision> {
  if (status === 'failed') return { outcome: 'fail', why: await failureOf(trx, datasetRunId) }
  return { outcome: status === 'held' ? 'hold' : 'publish', hold: await holdOf(trx, datasetRunId) }
}

/** Fails a dataset run, makes its holds, or lets it go on. Deletes wait by themselves: letting through what a rule holds deletes none of them. */
async function decide(
  trx: Trx,
  ground: DeleteGround,
  target: Target,
  request: HoldRequest | undefined,
  { hold: broken, fail }: Judgement = { hold: [], fail: [] },
): Promise<Decision> {
  const { plan, datasetRunId } = target
  const { reading } = ground.run
  if (fail.length > 0) {
    const why = failureWords(plan, fail)
    await failDatasetRun(trx, plan, datasetRunId, why)
    return { outcome: 'fail', why }
  }
  if (reading === 'full' || reading === 'changes') await supersedeHolds(trx, plan, { datasetRunId, reading })
  await seenAgain(trx, plan, datasetRunId)
  const deletes = request?.withholds === 'deletes' ? await holdDeletes(trx, ground, target, request) : undefined
  const rules = broken.length > 0 ? { rules: broken } : {}
  // Who lets through what waits for another reason is told which rules it breaks too.
  if (request?.withholds === 'all')
    return { outcome: 'hold', hold: await makeHold(trx, { ...request, facts: { ...request.facts, ...rules } }) }
  if (broken.length === 0) return { outcome: 'publish', hold: deletes }
  return { outcome: 'hold', hold: await makeHold(trx, { plan, datasetRunId, why: 'rule', withholds: 'all', facts: rules }) }
}

interface DeleteGround {
  session: StreamSession
  run: StreamRun
  scope: candidates.ListedScope | undefined
}

async function holdDeletes(trx: Trx, { session, run, scope }: DeleteGround, target: Target, request: HoldRequest): Promise<number> {
  // A reading of changes knows no keys; the full one that holds for the same reason does.
  const known = run.reading === 'changes' ? await fullHold(trx, request) : undefined
  if (known !== undefined) return known
  const hold = await makeHold(trx, request)
  await holdGone(trx, request, hold)
  if (scope) for await (const keys of everyCandidate(trx, session, run, target, scope)) await holdKeys(trx, hold, keys)
  return hold
}

const ref = (target: Target, run: StreamRun): candidates.DatasetRunRef => ({
  plan: target.plan,
  datasetRunId: target.datasetRunId,
  streamRunId: run.id,
})

/** Whether the source can be asked for a key as it stands in the dataset: not where it stands as a pseudonym. */
function canReread(session: StreamSession, target: Target): boolean {
  return session.stream.byKey !== undefined && keysAsSpelt(target.plan)
}

/** What was listed whole: the stream, or the parents that pages claimed. Undefined: absence means nothing. */
function scopeOf(session: StreamSession, listedAll: boolean): candidates.ListedScope | undefined {
  if (listedAll) return { all: true }
  return session.stream.definition.parent ? { parentColumn: '' } : undefined
}

function narrowed(session: StreamSession, target: Target): candidates.ListedScope | undefined {
  const column = parentColumnOf(session, target.plan)
  return column ? { parentColumn: column } : undefined
}

async function reasonToWait(
  session: StreamSession,
  run: StreamRun,
  target: Target,
  scope: candidates.ListedScope | undefined,
  rights: ScopeChange | undefined,
): Promise<HoldRequest | undefined> {
  const { db } = session.warehouse
  const { plan, datasetRunId } = target
  const hold = (why: HoldReason, withholds: HoldRequest['withholds'], facts: HoldRequest['facts']): HoldRequest => ({
    plan,
    datasetRunId,
    why,
    withholds,
    facts,
  })
  const minds = plan.holds.scope
  // A run by key is asked for by a person or a notification: it holds for nothing but what it may not land.
  if (rights && rights.wider.length > 0 && (minds === 'any' || minds === 'wider'))
    return hold('scope wider', 'all', { wider: rights.wider, narrower: rights.narrower })
  if (run.reading === 'by-key' || run.reading === 'window') return undefined
  const counts = await stagedCounts(db, datasetRunId)
  if (plan.holds.quarantined && over(plan.holds.quarantined, counts.quarantined, counts.read)) {
    return hold('quarantined', 'all', { quarantined: counts.quarantined, read: counts.read })
  }
  if (rights && rights.narrower.length > 0 && (minds === 'any' || minds === 'narrower')) {
    const absent = scope ? await candidates.countCandidates(db, ref(target, run), scope) : 0
    return hold('scope narrower', 'deletes', { narrower: rights.narrower, candidates: absent })
  }
  if (!scope) return undefined
  const absent = await candidates.countCandidates(db, ref(target, run), scope)
  if (absent === 0) return undefined
  const rows = await candidates.standingRows(db, plan)
  if (absent >= rows && 'all' in scope && rows > 0) return hold('empty', 'deletes', { candidates: absent, rows })
  // What can't be re-read by key is proven by a second listing; what that proves is counted there.
  if (!canReread(session, target)) return undefined
  return over(plan.holds.deleted, absent, rows) ? deletesHold(target, absent, rows) : undefined
}

function deletesHold(target: Target, absent: number, rows: number): HoldRequest {
  return { plan: target.plan, datasetRunId: target.datasetRunId, why: 'deletes', withholds: 'deletes', facts: { candidates: absent, rows } }
}

export function over(threshold: Threshold, count: number, of: number): boolean {
  return count > threshold.max || (count > threshold.atLeast && count > threshold.share * of)
}

async function* everyCandidate(
  db: Database,
  session: StreamSession,
  run: StreamRun,
  target: Target,
  scope: candidates.ListedScope,
): AsyncGenerator<string[][]> {
  const here = 'parentColumn' in scope ? narrowed(session, target) : scope
  if (!here) return
  let after: string[] | undefined
  for (;;) {
    const keys = await candidates.listCandidates(db, ref(target, run), here, 1000, after)
    if (keys.length > 0) yield keys
    if (keys.length < 1000) return
    after = keys.at(-1)
  }
}

/** Re-reads absent keys: gone is a proof, found is a record that the listing missed, forbidden is a change of rights. */
class Proofs {
  readonly #forbidden = new Set<string>()
  readonly #session: StreamSession
  readonly #run: StreamRun
  readonly #signal: AbortSignal
  readonly #tell: (checked: number) => void
  #checked = 0

  constructor(session: StreamSession, run: StreamRun, signal: AbortSignal, tell: (checked: number) => void) {
    this.#session = session
    this.#run = run
    this.#signal = signal
    this.#tell = tell
  }

  /** Keys that we may not re-read. */
  get forbidden(): number {
    return this.#forbidden.size
  }

  /** Proves the candidates of one dataset; what is learnt serves the other datasets of the stream too. */
  async prove(target: Target, scope: candidates.ListedScope, targets: readonly Target[]): Promise<void> {
    const { db } = this.#session.warehouse
    const clock = await warehouseClock(db)
    let after: string[] | undefined
    for (;;) {
      this.#signal.throwIfAborted()
      const landed = await candidates.listCandidates(db, ref(target, this.#run), scope, keysAProof, after)
      if (landed.length === 0) return
      after = landed.at(-1)
      const readAt = clock()
      const gone: string[][] = []
      const page = { records: [] as SourceRecord[], unreadable: [] as NonNullable<Page['unreadable']>, readAt }
      // What another dataset of the stream asked for already is not asked again.
      const keys = landed.filter((key) => !this.#forbidden.has(JSON.stringify(key))).map((key) => keyOfLanded(this.#session.plan, key))
      for await (const answer of this.#session.stream.byKey!(
        { ...this.#session.context(this.#signal), fields: this.#session.fields },
        keys,
      )) {
        if ('found' in answer) page.records.push(answer.found)
        else if ('unreadable' in answer) page.unreadable.push({ key: answer.key, reason: answer.unreadable })
        else if ('gone' in answer) gone.push(landedOfKey(this.#session.plan, answer.key))
        else this.#forbidden.add(JSON.stringify(landedOfKey(this.#session.plan, answer.key)))
      }
      for (const other of targets.filter((t) => t.status === 'staging'))
        await candidates.stageGone(db, ref(other, this.#run), gone, 'deleted', readAt)
      const count = page.records.length + page.unreadable.length
      if (count > 0) await this.#stage({ pages: [page], count, cursor: null, total: undefined, parents: [] }, targets)
      this.#checked += landed.length
      this.#tell(this.#checked)
    }
  }

  async #stage(group: PageGroup, targets: readonly Target[]): Promise<void> {
    const { db } = this.#session.warehouse
    const number = await proofSliceOf(db, this.#run.id)
    const attempt = await beginAttempt(db, this.#run.id, number)
    const processor = preparePages(this.#session.plan, this.#session.pseudonymise, this.#session.buurtOf)
    await stageGroup(this.#session, processor, attempt, group, targets, this.#signal)
  }

  async end(): Promise<void> {
    await endProof(this.#session.warehouse.db, this.#run.id)
  }
}
