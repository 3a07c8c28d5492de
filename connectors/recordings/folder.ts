/** The recordings of a connector: `<stream>/1.json`, `2.json` … in a folder, each a page as the source shapes it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'lossless-json'
import { valueAt } from '../body.js'
import type { Pages, SourceRecord } from '../connector.js'
import { InvalidConnector } from '../errors.js'
import { parseExact } from '../json-exact.js'
import { putAt } from './places.js'

/** The pages of each stream, in order. Numbers are as they are written. */
export type Recordings = { readonly [stream: string]: readonly unknown[] }

/** @throws InvalidConnector when a file holds no JSON */
export async function readRecordings(folder: string): Promise<Recordings> {
  const streams = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found: { [stream: string]: unknown[] } = {}
  for (const stream of streams.filter((entry) => entry.isDirectory()).map((entry) => entry.name)) {
    const names = (await readdir(join(folder, stream))).filter((name) => /^\d+\.json$/.test(name))
    found[stream] = []
    for (const name of names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
      const text = await readFile(join(folder, stream, name), 'utf8')
      try {
        found[stream].push(parseExact(text))
      } catch {
        throw new InvalidConnector([`${stream}/${name}: this recording is no JSON; record it anew, or mend it`])
      }
    }
  }
  return found
}

/** Puts pages in place of those that were recorded of a stream before. */
export async function writeRecording(folder: string, stream: string, pages: readonly unknown[]): Promise<void> {
  await rm(join(folder, stream), { recursive: true, force: true })
  await mkdir(join(folder, stream), { recursive: true })
  for (const [index, page] of pages.entries()) await writeFile(join(folder, stream, `${index + 1}.json`), pageText(page))
}

export const pageText = (page: unknown): string => `${stringify(page, undefined, 2)}\n`

/** A page that holds records where the connector looks for them, and nothing else. */
export function pageOf(pages: Pages, records: readonly SourceRecord[]): unknown {
  if (pages.records === undefined) return records
  const body: SourceRecord = {}
  putAt(body, pages.records, records)
  return body
}

/** The records of recorded pages, in order. */
export function recordsOf(pages: Pages, recorded: readonly unknown[], where: string): SourceRecord[] {
  return recorded.flatMap((page, index) => {
    const list = pages.records === undefined ? page : valueAt(page, pages.records)
    if (!Array.isArray(list))
      throw new InvalidConnector([`${where}/${index + 1}.json: there is no list of records at '${pages.records ?? 'its top'}'`])
    return list as SourceRecord[]
  })
}
