/**
 * Reads again what a source said has changed. Messages about one object come in a batch, so that a moment is waited first; what is told meanwhile
 * is read in the next round. A round that fails loses nothing that the next sync would not find.
 */
import {
  ChildWorkflowCancellationType,
  continueAsNew,
  defineSignal,
  executeChild,
  ParentClosePolicy,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import { short } from './activities.js'
import type { byKey } from './by-key.js'
import { isCancelled } from './endings.js'
import type { NotifiedInput } from './messages.js'

export const toldAgain = defineSignal('toldAgain')

/** Creating a zaak, setting a status and changing it give three messages within a second. */
const windowMs = 2_000
/** A source that is away is not waited for: its sync finds what was missed. */
const giveUpAfterMs = 10 * 60_000

export async function notified({ source }: NotifiedInput): Promise<void> {
  let told = true
  setHandler(toldAgain, () => {
    told = true
  })
  while (told) {
    told = false
    await sleep(windowMs)
    for (const { stream, more } of (await short.notifiedStreams({ source })).streams) {
      const read = await readAgain(source, stream)
      if (read && more) told = true
    }
    if (told && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof notified>({ source })
  }
}

async function readAgain(source: string, stream: string): Promise<boolean> {
  try {
    const result = await executeChild<typeof byKey>('byKey', {
      workflowId: `by-key:${source}/${stream}:notificaties`,
      args: [{ source, stream, from: { notified: true }, trigger: 'notificatie', askedBy: 'notificatie', giveUpAfterMs }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    })
    return result !== undefined
  } catch (error) {
    if (isCancelled()) throw error
    // Its own run says what went wrong.
    return false
  }
}
