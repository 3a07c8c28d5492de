/** Releases a hold that a person accepted: publishes what was held as it was, or re-reads the keys whose delete waited. */
import { long, short } from './activities.js'
import { readByKey } from './by-key.js'
import type { ReleaseInput, SyncResult } from './messages.js'

const giveUpAfterMs = 24 * 3600 * 1000

export async function publish(input: ReleaseInput): Promise<SyncResult | undefined> {
  const { byKey } = await long(giveUpAfterMs).publishHeld(input)
  if (!byKey) return undefined
  const { source, stream, hold, forbiddenLeaves, askedBy } = input
  const opened = await short.openByKey({ source, stream, from: { hold, forbiddenLeaves }, trigger: 'release', askedBy })
  return opened && readByKey(source, stream, opened)
}
