/** A folder of a test, read as the connector of files reads it. */
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Checkpoint, JsonObject, Key, Reading, SourceRecord } from '../../../connectors/connector.js'
import connector from '../../../connectors/files/connector.js'
import { openFiles } from '../../../connectors/source-files.js'
import { openFolder } from '../../sources/csv/folder.js'
import { checkpointOf, type OpenSource, openSource, readStream, recordsIn } from '../reading.js'

export interface Read {
  records: SourceRecord[]
  unreadable: { key: Key | null; reason: string }[]
  complete: unknown
  checkpoint: Checkpoint
  /** Most records that a page had. */
  largestPage: number
}

export interface Folder {
  put(path: string, content: string | Uint8Array, changedAt?: Date): Promise<void>
  remove(path: string): Promise<void>
  /** The source with one stream `s` of these settings. */
  source(settings: JsonObject): OpenSource
  read(settings: JsonObject, asked?: { reading?: Reading; checkpoint?: Checkpoint | undefined }): Promise<Read>
}

/** Ends with the test. */
export async function deliveries(): Promise<Folder> {
  const folder = await openFolder()
  onTestFinished(() => folder.stop())
  const source = (settings: JsonObject): OpenSource => {
    const opened = openSource(connector, {
      baseUrl: 'http://files.invalid',
      files: openFiles({ source: 'probe', baseUrl: pathToFileURL(folder.folder).href }),
      streams: { s: settings },
    })
    onTestFinished(() => opened.close())
    return opened
  }
  return {
    put: folder.put,
    remove: folder.remove,
    source,
    async read(settings, asked = {}) {
      const opened = source(settings)
      const read = await readStream(opened, 's', asked)
      const pages = read.flatMap((slice) => slice.pages)
      return {
        records: recordsIn(read),
        unreadable: pages.flatMap((page) => page.unreadable ?? []),
        complete: read[0]!.end.complete,
        checkpoint: checkpointOf(opened.stream('s'), read)!,
        largestPage: Math.max(0, ...pages.map(({ records }) => records.length)),
      }
    },
  }
}

/** A record whose fields are all of kind none. */
export const fields = (types: { [field: string]: string | JsonObject }): JsonObject =>
  Object.fromEntries(Object.entries(types).map(([name, type]) => [name, typeof type === 'string' ? { type, kind: 'none' } : type]))
