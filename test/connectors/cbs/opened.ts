import { afterEach, beforeEach } from 'vitest'
import cbs from '../../../connectors/cbs/connector.js'
import type { JsonObject, Slice } from '../../../connectors/connector.js'
import { type CbsOptions, type CbsServer, startCbs } from '../../sources/cbs/server.js'
import { type Asked, type OpenSource, openSource, readStream, recordsIn, sliceContext } from '../reading.js'

export type Figure = { [field: string]: string | null }

/** The service of CBS, anew for each test of a file, and sources with one stream `cijfers` that read from it. */
export interface Opened {
  readonly server: CbsServer
  restart(options: CbsOptions): Promise<void>
  open(stream: JsonObject, baseUrl?: string | { [api: string]: string }): OpenSource
  /** All figures of a stream. */
  read(stream: JsonObject): Promise<Figure[]>
}

export function openCbs(): Opened {
  const sources: OpenSource[] = []
  let server: CbsServer
  const opened: Opened = {
    get server() {
      return server
    },
    async restart(options) {
      await server.stop()
      server = await startCbs(options)
    },
    open(stream, baseUrl = server.url) {
      const source = openSource(cbs, { baseUrl, streams: { cijfers: stream } })
      sources.push(source)
      return source
    },
    read: async (stream) => recordsIn(await readStream(opened.open(stream), 'cijfers')) as Figure[],
  }
  beforeEach(async () => {
    server = await startCbs()
  })
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close()
    await server.stop()
  })
  return opened
}

export const slicesOf = (source: OpenSource, asked: Asked = {}): Promise<Slice[]> =>
  source.stream('cijfers').slices(sliceContext(source, 'cijfers', asked))

/** The first figure whose fields have these values. */
export const find = (figures: readonly Figure[], of: Figure): Figure | undefined =>
  figures.find((each) => Object.entries(of).every(([field, value]) => each[field] === value))
