/**
 * Messages of a Notificaties API: that something changed, not what. One may come twice, late, before one that was sent earlier, or never; so it
 * is a hint to read something again, and no more.
 *
 * @see Notificaties API 1.0, VNG-Realisatie/gemma-zaken docs/standaard/notificaties; open-notificaties docs/delivery_guarantees.rst
 */
import type { JsonObject, Key } from './connector.js'

export interface Notificatie {
  kanaal: string
  /** Address of the object that the kanaal is about, such as the zaak of a status. */
  hoofdObject: string
  /** What changed, such as `status`. */
  resource: string
  /** Its address. */
  resourceUrl: string
  /** `create`, `update`, `partial_update` or `destroy`; others occur. */
  actie: string
  /** What one can filter on, such as the type of the object; texts in practice. */
  kenmerken: { readonly [name: string]: unknown }
}

/** What a connector makes of messages. */
export interface Notificaties {
  /** Kanalen to which a source is subscribed. */
  kanalen: readonly string[]
  /**
   * The records to read again. None for a message that says nothing of a stream.
   *
   * @param stated what the source file states under `streams:`, for a connector whose streams are known only there
   */
  keysOf(notificatie: Notificatie, stated: { readonly [stream: string]: JsonObject }): readonly ChangedKey[]
}

export interface ChangedKey {
  stream: string
  key: Key
}
