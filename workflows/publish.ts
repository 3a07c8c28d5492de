/** Releases a hold that a person accepted: publishes what was held as it was, or re-reads the keys whose delete waited. */
import { long } from './activities.js'
import { byKey } from './by-key.js'
import type { ReleaseInput, SyncResult } from './messages.js'

const giveUpAfterMs = 24 * 3600 * 1000

export async function publish(input: ReleaseInput): Promise<SyncResult | undefined> {
  const { byKey: ofKeys } = await long(giveUpAfterMs).publishHeld(input)
  if (!ofKeys) return undefined
  const { source, stream, hold, forbiddenLeaves, askedBy } = input
  return byKey({ source, stream, from: { hold, forbiddenLeaves }, trigger: 'release', askedBy })
}
