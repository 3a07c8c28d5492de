import type { Notificaties } from '../notificaties.js'
import { type StreamSettings, uuidForm } from './settings.js'

const uuidOf = (address: unknown): string | undefined =>
  typeof address === 'string' ? uuidForm.exec(address)?.[1]?.toLowerCase() : undefined

/**
 * An object changed: it is read again in the streams of its objecttype. A history is not: its records have a key of two parts.
 *
 * @see Objects API, kanaal objecten with kenmerk object_type (before 3.0 `objectType`)
 */
export const notificaties: Notificaties = {
  kanalen: ['objecten'],
  keysOf({ kanaal, hoofdObject, kenmerken }, stated) {
    const [uuid, type] = [uuidOf(hoofdObject), uuidOf(kenmerken.objectType ?? kenmerken.object_type)]
    if (kanaal !== 'objecten' || uuid === undefined) return []
    return Object.entries(stated as unknown as { [stream: string]: StreamSettings })
      .filter(([, { objecttype, records }]) => objecttype === type && records === 'latest')
      .map(([stream]) => ({ stream, key: { uuid } }))
  },
}
