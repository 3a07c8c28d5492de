/**
 * Stop 5, stage: reads a slice through shape, check and shield into staging, batch by batch with its progress. Killed anywhere, a later
 * attempt goes on from the last batch.
 */
import type { DatasetPlan } from '../../config/dataset-plan.js'
import type { Cursor, End, Key, KeyAnswer, Page, ReadContext, Slice } from '../../connectors/connector.js'
import { warehouseClock } from '../../sql/clock.js'
import type { DatasetStatus, ReferenceAnswer } from '../../sql/database.js'
import { keysOfHold } from '../../sql/holds.js'
import { noteAnswers } from '../../sql/missing-references.js'
import { datasetRunsOf, findStreamRun, type StreamRun } from '../../sql/runs.js'
import { noteNewFields } from '../../sql/schema-changes.js'
import { type Attempt, type Batch, beginAttempt, beginPass, distinctKeys, endSlice, stageBatch, stagingTable } from '../../sql/staging.js'
import { recordsKept } from '../kept.js'
import { addSeen, type PersonalSeen } from '../rules/watch.js'
import { keyOfLanded, landedOfKey, parentColumnOf, type StreamSession } from '../session.js'
import { type PageProcessor, preparePages } from './page.js'
import { groupPages, type PageGroup, readPages } from './read.js'
import { whereOf } from './window.js'

/** Told while a slice is read; ids and counts only. */
export interface SliceProgress {
  pages: number
  read: number
}

export interface SliceResult extends SliceProgress {
  /** Keys fewer than the source's own total, after reading it again. */
  shortBy: number
}

const emptyBatch: Batch = { count: 0, pages: 0, cursor: null, total: undefined, parents: [], tables: [] }

/** A commit a thousand records: fewer and Postgres' fsync shows, more and a kill loses more work. */
const batchSize = 1000
/** A listing that is short of keys is read again at most so often. */
const mostPasses = 3

/**
 * Reads one slice to its end. Safe to call again after any failure; of two calls at once, the later one goes on and the earlier one stops.
 *
 * @throws SourceUnavailable, SourceRefused, UnexpectedResponse, CheckpointExpired from the source
 * @throws WarehouseUnavailable, StaleAttempt from staging
 */
export async function stageSlice(
  session: StreamSession,
  streamRunId: number,
  number: number,
  signal: AbortSignal,
  tell: (progress: SliceProgress) => void,
): Promise<SliceResult> {
  const { db } = session.warehouse
  const run = await findStreamRun(db, streamRunId)
  const targets = await targetsOf(session, streamRunId)
  const attempt = await beginAttempt(db, streamRunId, number)
  const clock = await warehouseClock(db)
  const processor = preparePages(session.plan, session.pseudonymise, session.buurtOf)
  const first = targets[0]!
  let progress: SliceProgress = { pages: 0, read: attempt.read }
  while (!attempt.done) {
    const pages =
      run.reading === 'by-key'
        ? 'kept' in attempt.params
          ? keptPages(session, attempt)
          : byKeyPages(session, attempt, signal, clock)
        : readPages(session.stream, readContext(session, run, attempt, signal), clock)
    const groups = groupPages(pages, batchSize)
    let end: End | undefined
    for (;;) {
      const { done, value } = await groups.next()
      if (done) {
        end = value
        break
      }
      signal.throwIfAborted()
      await stageGroup(session, processor, attempt, value, targets, signal)
      progress = { pages: progress.pages + value.pages.length, read: attempt.read }
      tell(progress)
    }
    // The server's count is no proof that nothing is missing, but a smaller number of keys proves that something is.
    const keys = attempt.total === null ? undefined : await distinctKeys(db, first.plan, first.datasetRunId, number, attempt.pass)
    const shortBy = keys === undefined ? 0 : Math.max(0, attempt.total! - keys)
    if (shortBy > 0 && attempt.pass < mostPasses) {
      await beginPass(session.warehouse, attempt)
      attempt.pass++
      attempt.cursor = null
      continue
    }
    // A slice of one parent that was listed whole.
    const parent = end.complete ? /^parent=(.+)$/.exec(end.complete)?.[1] : undefined
    if (parent !== undefined && shortBy === 0 && run.reading !== 'window')
      await stageBatch(session.warehouse, attempt, { ...emptyBatch, cursor: attempt.cursor, parents: parentsToKeep(session, [parent]) })
    // The key of a parent can be that of a person; that it was one is enough.
    const complete = shortBy > 0 || run.reading === 'window' ? false : parent === undefined ? end.complete : 'parent'
    await endSlice(session.warehouse, attempt, { complete, checkpoint: end.checkpoint, shortBy })
    await noteNewFields(db, session.plan.source, session.plan.stream, [...processor.news], run.run_id)
    return { ...progress, shortBy }
  }
  return { ...progress, shortBy: 0 }
}

/** Stages a group of pages under an attempt and moves its progress. */
export async function stageGroup(
  session: StreamSession,
  processor: PageProcessor,
  attempt: Attempt,
  group: PageGroup,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<void> {
  const texts = new Map<string, { table: ReturnType<typeof stagingTable>; text: string }>()
  let seq = attempt.read
  let personal: PersonalSeen | undefined
  for (const page of group.pages) {
    const processed = processor.process(page, attempt.slice, seq)
    seq += processed.count
    if (processed.personal) personal = addSeen(personal ?? attempt.personal, processed.personal)
    for (const { dataset, child, text } of processed.staged) {
      if (targets[dataset]!.status !== 'staging') continue // published by an earlier attempt: its staging is gone
      const table = stagingTable(targets[dataset]!.plan, targets[dataset]!.datasetRunId, child)
      const gathered = texts.get(table.name)
      if (gathered) gathered.text += text
      else texts.set(table.name, { table, text })
    }
  }
  const batch: Batch = {
    count: seq - attempt.read,
    pages: group.pages.length,
    cursor: group.cursor,
    total: group.total,
    parents: parentsToKeep(session, group.parents),
    tables: [...texts.values()],
    personal,
  }
  await stageBatch(session.warehouse, attempt, batch, signal)
  attempt.read = seq
  attempt.total = group.total ?? attempt.total
  attempt.cursor = group.cursor
  attempt.personal = personal ?? attempt.personal
}

/** Parents are kept as the source spells them, and only where a dataset has them so: their keys can be those of persons. */
function parentsToKeep(session: StreamSession, parents: readonly string[]): readonly string[] {
  return session.plan.datasets.some((plan) => parentColumnOf(session, plan) !== undefined) ? parents : []
}

function readContext(session: StreamSession, run: StreamRun, attempt: Attempt, signal: AbortSignal): ReadContext {
  return {
    ...session.context(signal),
    reading: run.reading === 'changes' ? 'changes' : 'full',
    checkpoint: run.reading === 'changes' ? (run.checkpoint_from ?? undefined) : undefined,
    fields: session.fields,
    where: whereOf(session.pushed, run.limited_to ?? undefined),
    known: session.known,
    slice: { name: attempt.name, params: attempt.params as Slice['params'] & object },
    cursor: (attempt.cursor as Cursor | null) ?? undefined,
  }
}

/** Parameters of the one slice of a run by key. */
export interface ByKeyParameters {
  /** Keys as the source spells them. */
  keys?: Key[]
  /** The keys of a hold on deletes. */
  hold?: number
  /** A person decided that what we may not see any more leaves too. */
  forbiddenLeaves?: boolean
  /** They are what rows refer to: what the source says of each is kept. */
  missing?: boolean
  /** The hold whose deletes are staged already, since its keys cannot be asked for. */
  released?: number
  /** Entries of quarantine that kept all of the record, which is read from there; of the one dataset of the session. */
  kept?: number[]
}

const keysAPage = 100

/** Reads records from quarantine, a page each, since each was read at its own moment; the cursor is how many were. */
async function* keptPages(session: StreamSession, attempt: Attempt): AsyncGenerator<Page & { readAt: Date }, End> {
  const { kept = [] } = attempt.params as ByKeyParameters
  const [dataset] = session.plan.datasets
  for (let at = attempt.cursor ? (JSON.parse(attempt.cursor)[0] as number) : 0; at < kept.length; at += keysAPage) {
    const ids = kept.slice(at, at + keysAPage)
    for (const { id, record, readAt } of await recordsKept(session.warehouse.db, session.plan, dataset!.name, ids))
      yield { records: [record], cursor: JSON.stringify([at + ids.indexOf(id) + 1]) as Cursor, readAt }
  }
  return { complete: false }
}

/** Re-reads keys, a page a hundred; the cursor is the last key. */
async function* byKeyPages(
  session: StreamSession,
  attempt: Attempt,
  signal: AbortSignal,
  clock: () => Date,
): AsyncGenerator<Page & { readAt: Date }, End> {
  const parameters = attempt.params as ByKeyParameters
  let after: string[] | undefined = attempt.cursor ? JSON.parse(attempt.cursor) : undefined
  let at = 0
  if (parameters.keys && after) at = JSON.parse(attempt.cursor!)[0] as number
  for (;;) {
    let keys: Key[]
    let cursor: string
    if (parameters.hold !== undefined) {
      const landed = await keysOfHold(session.warehouse.db, parameters.hold, keysAPage, after)
      keys = landed.map((k) => keyOfLanded(session.plan, k))
      after = landed.at(-1)
      cursor = JSON.stringify(after ?? null)
    } else {
      keys = (parameters.keys ?? []).slice(at, at + keysAPage)
      at += keys.length
      cursor = JSON.stringify([at])
    }
    if (keys.length === 0) return { complete: false }
    const page = { records: [], removed: [], unreadable: [], cursor, readAt: clock() } as Required<
      Pick<Page, 'records' | 'removed' | 'unreadable' | 'cursor' | 'readAt'>
    >
    const answers: { key: string[]; says: ReferenceAnswer }[] = []
    for await (const answer of session.stream.byKey!({ ...session.context(signal), fields: session.fields }, keys)) {
      if (parameters.missing) answers.push({ key: landedOfKey(session.plan, answer.key), says: saidBy(answer) })
      if ('found' in answer) page.records.push(answer.found)
      else if ('unreadable' in answer) page.unreadable.push({ key: answer.key, reason: answer.unreadable })
      else if ('gone' in answer || parameters.forbiddenLeaves) page.removed.push(answer.key)
    }
    await noteAnswers(session.warehouse.db, session.plan, answers)
    yield page
  }
}

function saidBy(answer: KeyAnswer): ReferenceAnswer {
  if ('found' in answer) return 'found'
  if ('unreadable' in answer) return 'unreadable'
  return 'gone' in answer ? 'gone' : 'forbidden'
}

/** One dataset of a stream run. */
export interface Target {
  plan: DatasetPlan
  datasetRunId: number
  status: DatasetStatus
  checkpointFrom: string | null
}

/** The dataset runs of a stream run, in the order of the plan. */
export async function targetsOf(session: StreamSession, streamRunId: number): Promise<Target[]> {
  const runs = await datasetRunsOf(session.warehouse.db, streamRunId)
  return session.plan.datasets.map((plan) => {
    const run = runs.find((r) => r.dataset === plan.name)
    if (!run) throw new Error(`stream run ${streamRunId} has no run of ${plan.name}`)
    return { plan, datasetRunId: run.id, status: run.status, checkpointFrom: run.checkpoint_from }
  })
}
