import { parse } from 'csv-parse'
import { z } from 'zod'
import { decoderOf } from '../../../../connectors/charset.js'
import {
  type Checkpoint,
  type Cursor,
  connector,
  type End,
  type FilesClient,
  type JsonObject,
  type Page,
  type ReadContext,
  type RecordSchema,
  type Slice,
  type SliceContext,
  type SourceRecord,
  type Stream,
} from '../../../../connectors/connector.js'

const settings = z.strictObject({
  /** Beginning of the paths of the files. */
  files: z.string(),
  key: z.string(),
  charset: z.enum(['utf-8', 'windows-1252']).default('utf-8'),
  delimiter: z.string().default(';'),
  /** Never guessed: `1.000` is a thousand in a Dutch file. */
  decimal: z.enum([',', '.']).default(','),
  record: z.custom<RecordSchema>((value) => typeof value === 'object' && value !== null),
})

/** What the folder held: content by path, as of a moment. */
interface Snapshot {
  listed: string
  sums: { [path: string]: string }
}

const parsed = (checkpoint: Checkpoint): Snapshot => JSON.parse(checkpoint)

/** Files with a header and one record a line, each a whole that is delivered again under the same name. */
export default connector({
  docs: 'https://www.rfc-editor.org/rfc/rfc4180',
  streamSettings: settings,
  streams: ({ streams }) => Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, streamOf(settings.parse(stream))])),
})

function streamOf(options: z.infer<typeof settings>): Stream {
  const { key, record } = options
  return {
    key,
    record,
    changesReading: {
      sees: { updates: true, deletes: false },
      blind: 'Lines that are no longer in a file, and files that are gone; a full reading finds them.',
      compare: (a, b) => (parsed(a).listed < parsed(b).listed ? -1 : parsed(a).listed > parsed(b).listed ? 1 : 0),
    },
    slices: (ctx) => slices(ctx, options),
    read: (ctx) => read(ctx, options),
  }
}

/** One slice a file: those that are new or have other content, or all of them. Where none is, one without a file. */
async function slices(ctx: SliceContext, { files }: z.infer<typeof settings>): Promise<Slice[]> {
  const client = filesOf(ctx)
  const snapshot: Snapshot = { listed: new Date().toISOString(), sums: {} }
  for (const { path } of await client.list()) if (path.startsWith(files)) snapshot.sums[path] = await client.checksum(path)
  const known = ctx.reading === 'changes' && ctx.checkpoint ? parsed(ctx.checkpoint).sums : {}
  const chosen = Object.keys(snapshot.sums).filter((path) => known[path] !== snapshot.sums[path])
  const params = (path?: string): JsonObject => ({ snapshot: { ...snapshot }, ...(path === undefined ? {} : { path }) })
  return chosen.length === 0 ? [{ name: 'nothing new', params: params() }] : chosen.map((path) => ({ name: path, params: params(path) }))
}

/** How many records a page has. */
const pageSize = 100

async function* read(ctx: ReadContext, options: z.infer<typeof settings>): AsyncGenerator<Page, End> {
  const { path, snapshot } = ctx.slice.params as unknown as { path?: string; snapshot: Snapshot }
  const end: End = { complete: ctx.reading === 'full' ? 'all' : false, checkpoint: JSON.stringify(snapshot) as Checkpoint }
  if (path === undefined) return end
  const sum = await filesOf(ctx).checksum(path)
  const saved: { sum: string; read: number } | undefined = ctx.cursor ? JSON.parse(ctx.cursor) : undefined
  // Of another delivery the lines that were read before tell nothing.
  const skip = saved?.sum === sum ? saved.read : 0
  let count = 0
  let records: SourceRecord[] = []
  const page = (): Page => ({ records, cursor: JSON.stringify({ sum, read: count }) as Cursor })
  for await (const line of lines(filesOf(ctx).read(path), options)) {
    count += 1
    if (count <= skip) continue
    records.push(recordOf(line, options))
    if (records.length === pageSize) {
      yield page()
      records = []
    }
  }
  yield page()
  return end
}

/** Lines are cut as bytes, so that a byte that is not in the charset damages its own value alone; quotes and separators are ASCII in either. */
async function* lines(
  bytes: AsyncIterable<Uint8Array>,
  { charset, delimiter }: z.infer<typeof settings>,
): AsyncGenerator<{ [column: string]: string }, void, undefined> {
  const text = (field: string): string => decoderOf(charset).decode(Buffer.from(field, 'latin1'))
  const columns = (names: string[]): string[] => names.map(text)
  const parser = parse({
    columns,
    cast: (field, { header }) => (header ? field : text(field)),
    delimiter,
    encoding: 'latin1',
    skip_empty_lines: true,
  })
  const feeding = (async () => {
    for await (const piece of bytes) if (!parser.write(piece)) await new Promise((resolve) => parser.once('drain', resolve))
    parser.end()
  })().catch((error: Error) => parser.destroy(error))
  yield* parser as AsyncIterable<{ [column: string]: string }>
  await feeding
}

function recordOf(line: { [column: string]: string }, { record, decimal }: z.infer<typeof settings>): SourceRecord {
  return Object.fromEntries(
    Object.entries(line).map(([column, text]) => {
      const field = record.properties?.[column]
      if (text === '') return [column, null]
      if (field?.format === 'decimal') return [column, plainDecimal(text, decimal)]
      if (field?.format === 'date') return [column, text.replace(/^(\d{2})-(\d{2})-(\d{4})$/, '$3-$2-$1')]
      return [column, text]
    }),
  )
}

/** A number in the notation of JSON; text that is no number in the stated one stays as it is, for shape to refuse. */
function plainDecimal(text: string, decimal: ',' | '.'): string {
  const group = decimal === ',' ? '\\.' : ','
  const isNumber = new RegExp(`^-?(\\d{1,3}(${group}\\d{3})*|\\d+)(\\${decimal}\\d+)?$`).test(text)
  return isNumber ? text.replace(new RegExp(group, 'g'), '').replace(decimal, '.') : text
}

function filesOf(ctx: SliceContext): FilesClient {
  if (!ctx.files) throw new Error('the base URL of the source is not a folder')
  return ctx.files
}
