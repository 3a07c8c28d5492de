/** `gemaal connector record <source>/<stream>`: pages to try the connector by, made of what the source gives and without what it gave. */
import { join } from 'node:path'
import { keyOf } from '../connectors/conformance/reading.js'
import type { SourceRecord } from '../connectors/connector.js'
import { type Counts, cleaned } from '../connectors/recordings/cleaned.js'
import { playable } from '../connectors/recordings/fixture.js'
import { pageOf, writeRecording } from '../connectors/recordings/folder.js'
import { MadeUp } from '../connectors/recordings/made-up.js'
import type { OpenStream } from '../connectors/stream.js'
import { connectorHome } from './connector-home.js'
import { Enough, type LookedAt, lookAt } from './connector-source.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { notThere } from './project-here.js'

/** Enough to see several pages of a list, or the lists of some parents. */
const mostRequests = 30

export async function record(context: CommandContext, [asked = '']: string[], options: { limit: string }): Promise<number> {
  const { out } = context
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new UsageError('--limit is a number of records from 1 to 1000')
  const [source = '', name] = asked.split('/')
  const home = await connectorHome(context)
  const looked = await lookAt(context, home, source)
  try {
    const names = Object.keys(looked.streams)
    if (name === undefined) throw new UsageError(`say which stream of ${source}: ${names.map((each) => `${source}/${each}`).join(', ')}`)
    const stream = looked.streams[name]
    if (!stream) throw notThere(`stream of source '${source}'`, name, names)
    const connector = await home.connectors.get(looked.connector)
    const { streams, left } = playable(connector)
    if (!streams.includes(name))
      throw new UsageError(
        `${asked} is not recorded: ${left[name] ?? 'its streams are known at the source alone'}. \`gemaal connector test ${looked.connector} --source ${source}\` tries it on the source itself.`,
      )

    const pages = await firstPages(looked, stream, limit)
    const counts: Counts = { kept: 0, madeUp: 0 }
    const madeUp = new MadeUp()
    const records = pages.map((page) => page.map((each) => cleaned(each, stream.fields, madeUp, counts)))
    const total = records.flat().length
    if (total === 0) throw new UsageError(`${asked} is not recorded: the source gives no record of it`)
    const folder = home.recordingsOf(looked.connector)
    await writeRecording(
      join(home.root, folder),
      name,
      records.map((page) => pageOf(stream.definition.pages!, page)),
    )
    const files = records.map((_, index) => `${folder}/${name}/${index + 1}.json`)
    if (out.json) out.data({ stream: asked, files, records: total, requests: looked.sent(), ...counts })
    else for (const file of files) out.data(file)
    out.say(
      `${total} records in ${looked.sent()} requests: ${counts.kept} values say nothing of a person and were kept, ${counts.madeUp} were made up.`,
    )
    out.say('Fields that the connector does not describe were left out. Look the files over before you commit them.')
    out.say(`Next: gemaal connector test ${looked.connector}`)
    return exit.good
  } finally {
    looked.close()
  }
}

/** The first records of a stream, by the page; each key once. */
async function firstPages(looked: LookedAt, stream: OpenStream, limit: number): Promise<SourceRecord[][]> {
  const ctx = looked.context(stream, mostRequests)
  const pages: SourceRecord[][] = []
  const keys = new Set<string>()
  try {
    for (const slice of await stream.slices(ctx)) {
      for await (const { records } of stream.read({ ...ctx, slice, cursor: undefined })) {
        const fresh = records.filter((record) => {
          const key = JSON.stringify(keyOf(stream, record))
          return keys.size < limit && !keys.has(key) && keys.add(key)
        })
        if (fresh.length > 0) pages.push(fresh)
        if (keys.size >= limit) return pages
      }
    }
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  return pages
}
