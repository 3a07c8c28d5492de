/** A run of one stream step by step, without Temporal, so that a test can do something between two of them. */
import { randomBytes } from 'node:crypto'
import { openRun } from '../../sql/runs.js'
import { type Opened, openByKey, openStream } from '../../worker/pipeline/open.js'
import { type StreamOutcome, verifyAndPublish } from '../../worker/pipeline/pipeline.js'
import { stageSlice } from '../../worker/pipeline/stage.js'
import type { StreamSession } from '../../worker/session.js'
import type { Waterdam } from '../support/waterdam.js'

export interface Steps {
  session: StreamSession
  runId: number
  streamRunId: number
  /** Reads a slice; left out: all of them. */
  stage(slice?: number): Promise<void>
  publish(): Promise<Omit<StreamOutcome, 'streamRunId'>>
  /** The rest of the way. */
  finish(): Promise<Omit<StreamOutcome, 'streamRunId'>>
}

/** @param digest of the files that the run is pinned to; left out: those that are applied now */
export async function begin(
  waterdam: Waterdam,
  stream: string,
  reading: 'full' | 'changes' = 'full',
  digest = waterdam.digest,
): Promise<Steps> {
  const { session, runId } = await sessionOf(waterdam, stream, digest)
  return stepsOf(session, runId, await openStream(session, { runId, digest, reading }, new AbortController().signal))
}

/** Opens a re-read of keys. */
export async function beginByKey(waterdam: Waterdam, stream: string, uuids: readonly string[]): Promise<Steps> {
  const { digest } = waterdam
  const { session, runId } = await sessionOf(waterdam, stream, digest)
  const opened = await openByKey(session, { runId, digest, keys: { keys: uuids.map((uuid) => ({ uuid })) } }, new AbortController().signal)
  return stepsOf(session, runId, { ...opened, slices: 1 })
}

async function sessionOf({ workspace, warehouse }: Waterdam, stream: string, digest: string) {
  const traceId = randomBytes(16).toString('hex')
  const { id: runId } = await openRun(warehouse.db, {
    source: 'open-zaak',
    sync: 'test',
    trigger: 'manual',
    askedBy: 'test',
    digest,
    productVersion: '0.0.0-test',
    workflowId: 'test',
    workflowRunId: randomBytes(8).toString('hex'),
    traceId,
  })
  return { session: await workspace.session(digest, 'open-zaak', stream, traceId), runId }
}

function stepsOf(session: StreamSession, runId: number, { streamRunId, slices }: Pick<Opened, 'streamRunId' | 'slices'>): Steps {
  const { signal } = new AbortController()
  const steps: Steps = {
    session,
    runId,
    streamRunId,
    async stage(slice) {
      for (const number of slice === undefined ? Array.from({ length: slices }, (_, n) => n) : [slice])
        await stageSlice(session, streamRunId, number, signal, () => {})
    },
    publish: () => verifyAndPublish(session, streamRunId, signal),
    async finish() {
      await steps.stage()
      return steps.publish()
    },
  }
  return steps
}
