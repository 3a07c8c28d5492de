import { walkChildren } from './children.js'
import type {
  ChangesReading,
  Checkpoint,
  Context,
  Cursor,
  End,
  Key,
  KeyAnswer,
  Page,
  ReadContext,
  Slice,
  SliceContext,
  SourceRecord,
  Stream,
} from './connector.js'
import { cursorGuard } from './cursor-guard.js'
import { byKeyPath, changesReadingOf, proveDeclaredFilter, readDeclared } from './declared.js'
import { InvalidConnector } from './errors.js'
import { compareGrowing } from './instants.js'
import { readPages } from './paging.js'
import { fieldsOf, needsExactNumbers, type RecordField } from './record.js'

/** A stream as it is read, whichever way its connector states it: by path and pages, or by `slices` and `read`. */
export interface OpenStream {
  readonly name: string
  readonly definition: Stream
  readonly fields: readonly RecordField[]
  /** Names of the key fields, in order. */
  readonly key: readonly string[]
  /** Numbers have to arrive as exact text. */
  readonly exact: boolean
  /** What the `changes` reading can be trusted with; undefined when there is only `full`. */
  readonly changes: ChangesReading | undefined
  /** Orders two checkpoints exactly. */
  compare(a: Checkpoint, b: Checkpoint): number
  /** At least one; names are unique. */
  slices(ctx: SliceContext): Promise<Slice[]>
  /**
   * Reads a slice from its cursor. Every page says when it was asked for; a cursor that is too long to keep, or holds a value of a person, is
   * left out.
   */
  read(ctx: ReadContext): AsyncGenerator<Page, End, undefined>
  /** What reading does to a record first, as far as it takes no request; in place. */
  prepare(record: SourceRecord): SourceRecord
  /** Re-reads keys, any number of them: each is answered once, also one that is given twice. Undefined where the source cannot. */
  byKey?(ctx: Context & { fields: ReadonlySet<string> }, keys: readonly Key[]): AsyncGenerator<KeyAnswer, void, undefined>
  /** Shows that the source honours the filter of `changes`, by asking for what cannot be there. Undefined where there is none to prove. */
  proveFilter?(ctx: Context): Promise<{ ok: boolean; message: string }>
}

const longestCursor = 8 * 1024
const mostKeys = 1000

/**
 * Opens one stream of a connector.
 *
 * @param streams all streams of the connector, for a stream that has a parent
 * @throws InvalidConnector when there is no such stream, or its record is not described
 */
export function openStream(name: string, streams: { readonly [name: string]: Stream }): OpenStream {
  const stream = streams[name]
  if (!stream) throw new InvalidConnector([`there is no stream '${name}'; there is ${Object.keys(streams).join(', ')}.`])
  const fields = fieldsOf(stream.record, `stream '${name}'`)
  const changes = stream.changesReading ?? (stream.changes ? changesReadingOf(stream.changes) : undefined)
  const reRead = stream.byKey?.bind(stream) ?? byKeyOf(stream)
  const prove = stream.proveFilter?.bind(stream) ?? proofOf(stream, fields)
  const mayKeep = cursorGuard(stream, fields)
  return {
    name,
    definition: stream,
    fields,
    key: [stream.key].flat(),
    exact: needsExactNumbers(fields),
    changes,
    compare: (a, b) => (changes?.compare ?? compareGrowing)(a, b),
    slices: (ctx) => slicesOf(name, stream, ctx),
    read: (ctx) => checkedPages(ctx, stream.read ? stream.read(ctx) : declaredPages(stream, streams, ctx), mayKeep),
    prepare: (record) => stream.prepare?.(record) ?? record,
    ...(reRead ? { byKey: (ctx, keys) => checkedAnswers(name, reRead, ctx, keys) } : {}),
    ...(prove ? { proveFilter: prove } : {}),
  }
}

async function slicesOf(name: string, stream: Stream, ctx: SliceContext): Promise<Slice[]> {
  const slices = (await stream.slices?.(ctx)) ?? [{ name: 'all' }]
  const names = new Set(slices.map((slice) => slice.name))
  if (names.size < slices.length || slices.length === 0) {
    throw new InvalidConnector([
      `stream '${name}': slices() gives ${slices.length === 0 ? 'none' : 'one name twice'}; a plan has one slice or more, each with a name of its own.`,
    ])
  }
  return slices
}

function declaredPages(
  stream: Stream,
  streams: { readonly [name: string]: Stream },
  ctx: ReadContext,
): AsyncGenerator<Page, End, undefined> {
  const parent = stream.parent?.stream
  const isChild = parent !== undefined && isPerParent(stream)
  return readDeclared(stream, ctx, (listing, cursor) =>
    isChild ? walkChildren(stream, { name: parent, stream: streams[parent]! }, ctx, listing, cursor) : readPages(ctx.http, listing, cursor),
  )
}

/** The stream has a list for each parent. */
const isPerParent = ({ path, params, body }: Stream): boolean => JSON.stringify([path, params, body]).includes('{parent.')

async function* checkedPages(
  ctx: ReadContext,
  pages: AsyncGenerator<Page, End, undefined>,
  mayKeep: ReturnType<typeof cursorGuard>,
): AsyncGenerator<Page, End, undefined> {
  try {
    for (;;) {
      ctx.signal.throwIfAborted()
      const asked = new Date()
      const next = await pages.next()
      if (next.done) return next.value
      const { cursor, ...page } = next.value
      const kept = cursor !== undefined && Buffer.byteLength(cursor) <= longestCursor && mayKeep(cursor, page)
      yield { readAt: asked, ...page, ...(kept ? { cursor: cursor as Cursor } : {}) }
    }
  } finally {
    await pages.return({ complete: false })
  }
}

function byKeyOf(stream: Stream): NonNullable<Stream['byKey']> | undefined {
  const path = stream.byKeyPath
  return path === undefined ? undefined : (ctx, keys) => byKeyPath(stream, path, ctx, keys)
}

/** "Gone" deletes, so that a key without an answer may not pass for one. */
async function* checkedAnswers(
  name: string,
  reRead: NonNullable<Stream['byKey']>,
  ctx: Context & { fields: ReadonlySet<string> },
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void, undefined> {
  const textOf = (key: Key) => JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)))
  const asked = [...new Map(keys.map((key) => [textOf(key), key])).values()]
  for (let at = 0; at < asked.length; at += mostKeys) {
    const part = asked.slice(at, at + mostKeys)
    const open = new Set(part.map(textOf))
    for await (const answer of reRead(ctx, part)) {
      if (!open.delete(textOf(answer.key)))
        throw new InvalidConnector([`stream '${name}': byKey answers for a key twice, or for one that was not asked.`])
      yield answer
    }
    if (open.size > 0) throw new InvalidConnector([`stream '${name}': byKey leaves ${open.size} of ${part.length} keys without an answer.`])
  }
}

/** Values that no record can have: the end of the calendar as people use it, the largest whole number that JSON parsers share. */
const impossible: { [value: string]: string } = {
  date: '2999-12-31',
  datetime: '2999-12-31T00:00:00Z',
  integer: '9007199254740991',
  decimal: '9007199254740991',
}

function proofOf(stream: Stream, fields: readonly RecordField[]): Stream['proveFilter'] | undefined {
  const { changes } = stream
  if (!changes || stream.path === undefined || isPerParent(stream)) return undefined
  const field = fields.find((each) => each.path.join('.') === changes.cursor)
  const sample = impossible[field?.value ?? ''] ?? impossible.datetime!
  return (ctx) => proveDeclaredFilter(stream, changes, ctx, sample)
}
