/**
 * Recorded runs: how they are written, and what of them may be read by everyone. They stand for runs that are under way when a worker of a new
 * version takes over. Where one no longer replays, the change of the workflow needs `patched`; `npm run histories` records the new ways beside it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { temporal } from '@temporalio/proto'

export const folder = fileURLToPath(new URL('./histories/', import.meta.url))

const { History } = temporal.api.history.v1
export type History = temporal.api.history.v1.IHistory

export interface Recorded {
  name: string
  text: string
  history: History
}

/** @param of folder of histories that an earlier version recorded and that are kept; left out: those of this version */
export async function recordedHistories(of = ''): Promise<Recorded[]> {
  const files = (await readdir(`${folder}${of}`)).filter((file) => file.endsWith('.json')).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(`${folder}${of}/${file}`, 'utf8')
      return { name: file.slice(0, -'.json'.length), text, history: History.fromObject(JSON.parse(text)) }
    }),
  )
}

/** What says on which machine and in which folder a history was recorded; replay does not look at it. */
const local = new Set(['identity', 'stackTrace', 'requestId', 'binaryChecksum'])

/** The text of a history, an event a line. */
export function historyText(history: History): string {
  const { events } = History.toObject(History.fromObject(history), { enums: String, longs: String, bytes: String }) as { events: object[] }
  const lines = events.map((event) => JSON.stringify(event, (name, value) => (local.has(name) ? undefined : value)))
  return `{"events":[\n${lines.join(',\n')}\n]}\n`
}

/** All that a person can read in a history: its text, and what its payloads hold. */
export function readableText(text: string): string {
  const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]*)"/g)].map(([, data]) => Buffer.from(data!, 'base64').toString('utf8'))
  return [text, ...payloads].join('\n')
}
