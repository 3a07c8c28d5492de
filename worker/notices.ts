/**
 * The outgoing webhook: failed, held, late and recovered, signed. Each notice is sent until it is answered with 2xx, for a day; a receiver may
 * get one twice and knows it by its id.
 */
import { createHmac } from 'node:crypto'
import axios from 'axios'
import type { Secret } from '../config/secret.js'
import type { Database } from '../sql/database.js'
import { type Notice, sendNext } from '../sql/notices.js'

export interface Webhook {
  url: Secret
  secret: Secret
}

/**
 * Sends what waits in the outbox; safe to run on several workers at once.
 *
 * @returns how many were sent
 */
export async function sendNotices(db: Database, webhook: Webhook): Promise<number> {
  let sent = 0
  for (;;) {
    const arrived = await sendNext(db, (notice) => post(webhook, notice))
    if (arrived === undefined) return sent
    if (arrived) sent++
  }
}

/**
 * `Gemaal-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>` under the secret. A receiver computes the same, compares in
 * constant time, and refuses a time that is minutes off.
 */
export function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`
}

async function post(webhook: Webhook, notice: Notice): Promise<string | undefined> {
  const body = JSON.stringify({ id: notice.id, at: notice.made_at.toISOString(), ...notice.body })
  const seconds = Math.floor(Date.now() / 1000)
  try {
    const { status } = await axios.post(webhook.url.reveal(), body, {
      headers: { 'content-type': 'application/json', 'gemaal-signature': signature(webhook.secret.reveal(), seconds, body) },
      timeout: 10_000,
      maxRedirects: 0,
      maxContentLength: 64 * 1024,
      validateStatus: () => true,
      transformResponse: (data) => data,
    })
    return status >= 200 && status < 300 ? undefined : `the receiver answered ${status}`
  } catch (error) {
    return `the receiver could not be reached (${(error as { code?: string }).code ?? 'no answer'})`
  }
}
