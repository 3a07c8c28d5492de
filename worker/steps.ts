/** The steps of a run by id, as the Temporal activities call them: each finds what it needs in the warehouse and may be called again. */
import { randomBytes } from 'node:crypto'
import { currentDigest } from '../sql/config-versions.js'
import type { Database, RunStatus, Trigger } from '../sql/database.js'
import { findHold, type Hold, overtakeHold, stageHeld } from '../sql/holds.js'
import { keysAsSpelt } from '../sql/known.js'
import { forgetNotified, takeNotified } from '../sql/notified.js'
import { closeRun, endUnbegun as endUnbegunRun, runTotals } from '../sql/outcome.js'
import { CheckpointMoved } from '../sql/publish.js'
import { openEntries } from '../sql/quarantine.js'
import {
  accountOf,
  datasetRunsOf,
  endStreamRun,
  findRun,
  findStreamRun,
  noteReading,
  noteRunning,
  openRun,
  type StreamRun,
  setStreamStatus,
  slicesOf,
} from '../sql/runs.js'
import { proofSlice } from '../sql/staging.js'
import type {
  ByKeyInput,
  EarlyEnding,
  OpenedStream,
  OpenedSync,
  Opening,
  ReleaseInput,
  StreamEnding,
  StreamInput,
  SyncInput,
} from '../workflows/messages.js'
import { NotAllowed } from './errors.js'
import { checkGate } from './gate.js'
import { judgeKept } from './kept.js'
import { mostKeysAtOnce } from './notified.js'
import { openByKey, openStream } from './pipeline/open.js'
import { verifyAndPublish } from './pipeline/pipeline.js'
import { publishTarget } from './pipeline/publish.js'
import { stageSlice, targetsOf } from './pipeline/stage.js'
import { streamsOfSource } from './planning/plan.js'
import { hasReferenceRules, keysOfMissing } from './references.js'
import { dutchToday } from './rules/today.js'
import { keyOfLanded, ofDatasets, type StreamSession } from './session.js'
import { type LoadedProject, Workspace } from './workspace.js'

interface StepOptions {
  workspace: Workspace
  dev: boolean
}

interface Execution {
  workflowId: string
  runId: string
}

/** Slices of one stream that are read at the same time; the budget of the source has the last word. */
const slicesAtOnce = 4

/**
 * Opens the run of a sync. A run that may not begin is on record too; `endUnbegun` ends it with the reason.
 *
 * @throws NotAllowed
 */
export async function openSync({ workspace, dev }: StepOptions, input: SyncInput, execution: Execution): Promise<OpenedSync> {
  const { id: runId, digest } = await openRunOf(
    workspace,
    { source: input.source, sync: input.sync, trigger: input.trigger, askedBy: input.askedBy },
    execution,
  )
  const loaded = await workspace.load(digest)
  const source = loaded.project.sources.get(input.source)
  const sync = source?.syncs[input.sync]
  if (!source || (!sync && !input.streams)) {
    throw new NotAllowed(`there is no sync '${input.source}/${input.sync}' in the applied project; \`gemaal apply\` renews the schedules`)
  }
  const streams = input.streams ?? sync?.streams ?? streamsOfSource(loaded.plan, source.name).map((s) => s.plan.stream)
  const taken = streams.filter((name) => loaded.plan.streams.has(`${source.name}/${name}`))
  const datasets = taken.flatMap((name) => loaded.plan.streams.get(`${source.name}/${name}`)!.plan.datasets)
  for (const warning of checkGate(loaded.project.activities, Workspace.plansOf(loaded.plan), datasets, dutchToday(), dev)) {
    workspace.log.warn({ source: source.name }, warning)
  }
  const reading = input.reading ?? sync?.read ?? 'changes'
  const references = await hasReferenceRules(workspace, loaded, source.name)
  return {
    runId,
    levels: levelsOf(loaded, source.name, taken).map((level) => level.map((stream) => ({ stream, reading }))),
    giveUpAfterMs: source.giveUpAfter * 1000,
    ...(references && { references: true as const }),
  }
}

async function openRunOf(
  workspace: Workspace,
  run: { source: string; sync: string; trigger: Trigger; askedBy: string },
  execution: Execution,
): Promise<{ id: number; digest: string }> {
  const { db } = workspace.warehouse
  return openRun(db, {
    ...run,
    digest: await digestNow(db),
    productVersion: workspace.version,
    workflowId: execution.workflowId,
    workflowRunId: execution.runId,
    traceId: randomBytes(16).toString('hex'),
  })
}

export async function openStreamOf(
  { workspace, dev }: StepOptions,
  input: StreamInput & { opening: Opening },
  execution: Execution,
  signal: AbortSignal,
): Promise<OpenedStream> {
  const { db } = workspace.warehouse
  const run = await findRun(db, input.runId)
  if (!run || run.ended_at) throw new NotAllowed(`run ${input.runId} has ended`)
  await noteRunning(db, input)
  const loaded = await workspace.load(run.digest)
  const session = await workspace.session(run.digest, input.source, input.stream, run.trace_id)
  checkGate(loaded.project.activities, Workspace.plansOf(loaded.plan), session.plan.datasets, dutchToday(), dev)
  await checkGateNow(workspace, session.plan.datasets)
  const { runId, reading, window } = input
  const opening = openingId(execution, input.opening)
  const { streamRunId, slices } = await openStream(session, { runId, digest: run.digest, reading, window, opening }, signal)
  return { streamRunId, slices, atOnce: slicesAtOnce }
}

/** Says that a stream cannot be opened yet, and when it is tried again. */
export async function noteOpeningWait(
  workspace: Workspace,
  input: StreamInput & { opening: Opening },
  execution: Execution,
  error: Error,
  retryAt: Date | undefined,
): Promise<void> {
  const { db } = workspace.warehouse
  const id = await accountOf(db, input, openingId(execution, input.opening))
  await setStreamStatus(db, id, 'waiting', { retryAt: retryAt ?? null, errorCode: error.name, errorMessage: error.message })
}

const openingId = (execution: Execution, opening: Opening): string => `${execution.runId}/${opening}`

export async function readSlice(
  workspace: Workspace,
  streamRunId: number,
  slice: number,
  signal: AbortSignal,
  beat: (details: object) => void,
) {
  const { session } = await sessionOf(workspace, streamRunId)
  await noteReading(session.warehouse.db, streamRunId)
  const { read, shortBy } = await stageSlice(session, streamRunId, slice, signal, beat)
  return { read, shortBy }
}

export async function verifyAndPublishOf(
  workspace: Workspace,
  streamRunId: number,
  signal: AbortSignal,
  beat: (details: object) => void,
): Promise<{ held: boolean }> {
  const { session, run } = await sessionOf(workspace, streamRunId)
  // Answered before, when the answer was lost: what was done stands.
  if (run.ended_at && (run.status === 'published' || run.status === 'held')) return { held: run.status === 'held' }
  await checkGateNow(workspace, session.plan.datasets)
  const { verified } = await verifyAndPublish(session, streamRunId, signal, (checked) => beat({ checked }))
  return { held: verified.datasets.some((d) => d.hold !== undefined) }
}

export async function endStream(workspace: Workspace, input: StreamEnding, execution: Execution): Promise<void> {
  const { db } = workspace.warehouse
  const id = input.streamRunId ?? (await accountOf(db, input, input.opening && openingId(execution, input.opening)))
  await endStreamRun(db, id, { status: input.status, errorCode: input.errorCode ?? null, errorMessage: input.errorMessage ?? null })
}

/** Ends the run of a workflow that could not begin: refused, or cancelled before it did. */
export async function endUnbegun(workspace: Workspace, input: EarlyEnding, execution: Execution): Promise<void> {
  const { cancelled, errorCode, errorMessage } = input
  await endUnbegunRun(workspace.warehouse.db, execution.runId, { cancelled, code: errorCode, message: errorMessage })
}

export async function closeSync(workspace: Workspace, runId: number, cancelled: boolean): Promise<RunStatus> {
  const { db } = workspace.warehouse
  const status = await closeRun(db, runId, cancelled)
  const run = await runTotals(db, runId)
  await workspace.release(run.trace_id)
  const { source, sync, totals, durationMs } = run
  workspace.log.info({ source, sync, run: runId, status, ...totals, durationMs }, `run ${runId} of ${source}/${sync}: ${status}`)
  return status
}

/**
 * Opens a run by key. Keys stay in the warehouse: what asks for them names quarantine entries or a hold.
 *
 * @returns undefined when none of them can be re-read by key; they wait for the next reading
 */
export async function openByKeyOf(
  { workspace, dev }: StepOptions,
  input: ByKeyInput,
  execution: Execution,
  signal: AbortSignal,
): Promise<{ runId: number; streamRunId: number } | undefined> {
  const { db } = workspace.warehouse
  const { id: runId, digest } = await openRunOf(
    workspace,
    { source: input.source, sync: 'by-key', trigger: input.trigger, askedBy: input.askedBy },
    execution,
  )
  const loaded = await workspace.load(digest)
  const { trace_id } = (await findRun(db, runId))!
  const session = await workspace.session(digest, input.source, input.stream, trace_id)
  checkGate(loaded.project.activities, Workspace.plansOf(loaded.plan), session.plan.datasets, dutchToday(), dev)
  const request = { runId, digest, opening: openingId(execution, 1) }
  if ('hold' in input.from) return { runId, streamRunId: await openRelease(session, { ...request, ...input.from }, signal) }
  if ('kept' in input.from) {
    const streamRunId = await openKept(workspace, session, { ...request, ...input.from }, signal)
    if (streamRunId === undefined) await closeRun(db, runId, false)
    return streamRunId === undefined ? undefined : { runId, streamRunId }
  }
  if ('notified' in input.from) {
    const taken = await takeNotified(db, input.source, input.stream, mostKeysAtOnce)
    if (!session.stream.byKey || taken.keys.length === 0) {
      await closeRun(db, runId, false)
      return undefined
    }
    const { streamRunId } = await openByKey(session, { ...request, keys: { keys: [...taken.keys] } }, signal)
    await forgetNotified(db, streamRunId, taken.until)
    return { runId, streamRunId }
  }
  const missing = 'references' in input.from
  const keys =
    'references' in input.from
      ? await keysOfMissing(workspace, input.from.references, session, signal)
      : await quarantinedKeys(db, session, input.from.quarantine)
  if (!session.stream.byKey || keys.length === 0) {
    await closeRun(db, runId, false)
    return undefined
  }
  const { streamRunId } = await openByKey(session, { ...request, keys: { keys, ...(missing && { missing }) } }, signal)
  return { runId, streamRunId }
}

/**
 * Opens the run that reads records from quarantine in the place of the source, for the one dataset that refused them.
 *
 * @returns undefined when none of them would pass now, or was kept whole
 */
async function openKept(
  workspace: Workspace,
  session: StreamSession,
  { kept: ids, dataset, ...request }: { runId: number; digest: string; opening: string; kept: readonly number[]; dataset: string },
  signal: AbortSignal,
): Promise<number | undefined> {
  const alone = ofDatasets(session, new Set([dataset]))
  const verdicts = await judgeKept(session.warehouse.db, workspace, alone.plan, ids)
  const kept = verdicts.filter((v) => v.judged && v.whole && v.refusedBy.length === 0).map((v) => v.id)
  if (kept.length === 0) return undefined
  const { streamRunId } = await openByKey(alone, { ...request, keys: { kept } }, signal)
  return streamRunId
}

/** Opens the run that carries out deletes which a person let through: the keys are re-read, or taken as they were proven where they cannot be. */
async function openRelease(
  session: StreamSession,
  { hold: id, forbiddenLeaves, ...request }: { runId: number; digest: string; opening: string; hold: number; forbiddenLeaves: boolean },
  signal: AbortSignal,
): Promise<number> {
  const { db } = session.warehouse
  const hold = await acceptedHold(db, id)
  const plan = session.plan.datasets.find((d) => d.name === hold.dataset)
  if (!plan) throw new NotAllowed(`hold ${id}: ${hold.dataset} takes no longer from ${hold.source}/${hold.stream}`)
  if (session.stream.byKey && keysAsSpelt(plan)) {
    const { streamRunId } = await openByKey(session, { ...request, keys: { hold: id, forbiddenLeaves } }, signal)
    return streamRunId
  }
  const { streamRunId } = await openByKey(session, { ...request, keys: { keys: [], released: id } }, signal)
  await stageHeld(db, hold, (await targetsOf(session, streamRunId)).find((t) => t.plan.name === plan.name)!)
  return streamRunId
}

async function acceptedHold(db: Database, id: number): Promise<Hold> {
  const hold = await findHold(db, id)
  if (hold === undefined || hold.status !== 'accepted') throw new NotAllowed(`hold ${id} is not accepted`)
  return hold
}

async function quarantinedKeys(db: Database, session: StreamSession, ids: readonly number[]) {
  const spelt = new Set(session.plan.datasets.filter(keysAsSpelt).map((d) => d.name))
  const entries = await openEntries(db, ids)
  return entries.flatMap((entry) => (entry.key && spelt.has(entry.dataset) ? [keyOfLanded(session.plan, entry.key)] : []))
}

/**
 * Publishes what a hold kept, exactly as it was held. Where a newer reading was published meanwhile there is nothing left to do.
 *
 * @returns `byKey`: only deletes waited, which are proven by re-reading the keys
 * @throws NotAllowed when its activity does not allow it any more
 */
export async function publishHeld({ workspace, dev }: StepOptions, input: ReleaseInput, signal: AbortSignal): Promise<{ byKey: boolean }> {
  const { db } = workspace.warehouse
  // Answered before, when the answer was lost.
  if ((await findHold(db, input.hold))?.status === 'superseded') return { byKey: false }
  const hold = await acceptedHold(db, input.hold)
  if (hold.withholds === 'deletes') return { byKey: true }
  // It may have waited for days.
  await checkGateNow(workspace, [{ name: hold.dataset }], dev)
  const { session, run } = await sessionOf(workspace, hold.stream_run_id)
  const target = (await targetsOf(session, run.id)).find((t) => t.datasetRunId === hold.dataset_run_id)!
  const slices = await slicesOf(db, run.id)
  const listedAll = slices.filter((s) => s.name !== proofSlice).every((s) => s.done && s.complete === 'all')
  try {
    await publishTarget(session, run, target, listedAll, signal)
  } catch (error) {
    if (!(error instanceof CheckpointMoved)) throw error
    await overtakeHold(db, hold)
  }
  return { byKey: false }
}

/**
 * Asks the activities of the project that is applied now, whatever files the run is pinned to: one that ended meanwhile lets nothing land.
 *
 * @param dev false: its approval must fit now too. A run that is under way was approved when it began.
 */
async function checkGateNow(workspace: Workspace, datasets: readonly { name: string }[], dev = true): Promise<void> {
  const { project, plan } = await workspace.load(await digestNow(workspace.warehouse.db))
  const plans = Workspace.plansOf(plan)
  checkGate(
    project.activities,
    plans,
    plans.filter((p) => datasets.some((d) => d.name === p.name)),
    dutchToday(),
    dev,
  )
}

async function sessionOf(workspace: Workspace, streamRunId: number): Promise<{ session: StreamSession; run: StreamRun }> {
  const run = await findStreamRun(workspace.warehouse.db, streamRunId)
  const session = await workspace.session(run.digest, run.source, run.stream, run.trace_id)
  if (run.reading !== 'by-key') return { session, run }
  // What quarantine kept was opened for one dataset of the stream.
  const opened = await datasetRunsOf(workspace.warehouse.db, streamRunId)
  return { session: ofDatasets(session, new Set(opened.map((d) => d.dataset))), run }
}

async function digestNow(db: Database): Promise<string> {
  const digest = await currentDigest(db)
  if (digest === undefined) throw new NotAllowed('no project was applied yet; run `gemaal apply`')
  return digest
}
/** Streams grouped so that each comes after its parent and after what it asks to follow. */
function levelsOf(loaded: LoadedProject, source: string, streams: readonly string[]): string[][] {
  const depth = new Map<string, number>()
  const depthOf = (name: string): number => {
    const known = depth.get(name)
    if (known !== undefined) return known
    depth.set(name, 0)
    const definition = loaded.plan.streams.get(`${source}/${name}`)?.stream.definition
    const before = [...(definition?.parent ? [definition.parent.stream] : []), ...(definition?.after ?? [])].filter((n) =>
      streams.includes(n),
    )
    const own = before.length > 0 ? Math.max(...before.map(depthOf)) + 1 : 0
    depth.set(name, own)
    return own
  }
  const levels: string[][] = []
  for (const name of streams) {
    const level = levels[depthOf(name)] ?? []
    level.push(name)
    levels[depthOf(name)] = level
  }
  return levels.filter((level) => level !== undefined)
}
