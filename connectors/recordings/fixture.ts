/** A connector with its recordings as the source to check it by. */
import { isLosslessNumber, LosslessNumber } from 'lossless-json'
import { withSettings } from '../authentication.js'
import { setAt, textAt, valueAt } from '../body.js'
import { organisation } from '../conformance/open.js'
import { keyOf } from '../conformance/reading.js'
import type { Fixture } from '../conformance/suite.js'
import type { Connector, JsonObject, Key, SourceRecord, Stream } from '../connector.js'
import { compareGrowing, isDecimal } from '../instants.js'
import { streamsOf } from '../load.js'
import { schemaOf } from '../record.js'
import { type OpenStream, openStream } from '../stream.js'
import { type Recordings, recordsOf } from './folder.js'
import { copyOf } from './places.js'
import { play } from './player.js'
import { isOf } from './routes.js'
import { signerFor } from './signer.js'

/** What a connector is given to be played: the streams that are, and why others are not. */
export interface Playable {
  /** In the order in which they are read. */
  streams: readonly string[]
  left: { readonly [stream: string]: string }
}

/** A stream that code reads asks in a way that only the code knows; so does one that is read after such a stream. */
export function playable(connector: Connector): Playable {
  if (typeof connector.streams === 'function') return { streams: [], left: {} }
  const definitions = connector.streams
  const left: { [stream: string]: string } = {}
  const order: string[] = []
  const visit = (name: string): boolean => {
    if (order.includes(name)) return true
    const stream = definitions[name]
    if (!stream || name in left) return false
    if (stream.read !== undefined || stream.path === undefined)
      left[name] = 'it is read by code, so that recordings cannot be played for it'
    else if (!before(stream).every((other) => other === name || visit(other))) left[name] = 'it is read after a stream that is read by code'
    else order.push(name)
    return !(name in left)
  }
  for (const name of Object.keys(definitions)) visit(name)
  return { streams: order, left }
}

const before = ({ parent, after = [] }: Stream): string[] => [...new Set([...(parent ? [parent.stream] : []), ...after])]

/** @throws InvalidConnector when a recording has no list where the connector looks for one */
export function recordedFixture(connector: Connector, recordings: Recordings): Fixture {
  const { streams } = playable(connector)
  return {
    streams,
    async start() {
      const definitions = connector.streams as { readonly [name: string]: Stream }
      const only: Connector = { ...connector, streams: Object.fromEntries(streams.map((name) => [name, definitions[name]!])) }
      const settings = someSettings(connector)
      const opened = streamsOf(only, { settings, streams: {} })
      const source = new RecordedSource(
        streams.map((name) => openStream(name, opened)),
        recordings,
      )
      // Of OAuth2 the player has an endpoint of its own, so that what the settings say of it is not asked.
      const { authentication } = connector
      const signer = signerFor(
        authentication?.by === 'stated' ? withSettings(authentication, 'recordings', () => settings) : authentication,
      )
      const player = await play({
        connector: only,
        streams: opened,
        records: source.records,
        added: source.added,
        known: (name) => textAt({ organisation, settings }, name),
        signer,
      })
      return {
        connector: { ...only, authentication: signer.authentication },
        source: { baseUrl: player.url, credentials: signer.credentials, settings },
        overHttp: true,
        secrets: [...Object.values(signer.credentials), ...source.persons()],
        keys: (stream) => source.keys(stream),
        change: async () => source.change(),
        missingKey: (stream) => source.newKey(stream),
        stop: player.stop,
      }
    },
  }
}

/** A value for each setting that is compulsory. */
function someSettings({ settings }: Connector): JsonObject {
  if (!settings) return {}
  const { properties = {}, required = [] } = schemaOf(settings)
  const given = Object.fromEntries(
    required.map((name) => [name, properties[name]?.enum?.[0] ?? (properties[name]?.type === 'integer' ? 1 : `opname-${name}`)]),
  )
  return settings.parse(given) as JsonObject
}

/** What the recordings hold, as a source that changes. */
class RecordedSource {
  readonly records: { [stream: string]: SourceRecord[] } = {}
  readonly added: { [stream: string]: (readonly string[])[] } = {}
  readonly #streams: readonly OpenStream[]
  #made = 0

  constructor(streams: readonly OpenStream[], recordings: Recordings) {
    this.#streams = streams
    for (const { name, definition, fields } of streams) {
      this.records[name] = recordsOf(definition.pages!, recordings[name] ?? [], name).map(copyOf)
      this.added[name] = fields.filter((field) => field.added).map(({ path }) => path)
    }
  }

  keys(name: string): string[] {
    const stream = this.#stream(name)
    return this.#reachable(stream).map((record) => JSON.stringify(keyOf(stream, record)))
  }

  /** Of a stream that has a list for each parent: those whose parent was recorded too. */
  #reachable({ name, definition }: OpenStream): SourceRecord[] {
    const { parent, path, params, body } = definition
    const records = this.records[name]!
    if (!parent || !JSON.stringify([path, params, body]).includes('{parent.')) return records
    const owner = this.#stream(parent.stream)
    const owners = this.#reachable(owner).map((record) => Object.values(keyOf(owner, record))[0]!)
    return records.filter((record) => owners.some((key) => isOf(record, { [parent.field]: key })))
  }

  /** In each stream a record comes, and the first one changes. */
  change(): void {
    for (const stream of this.#streams) {
      const records = this.records[stream.name]!
      const [first] = this.#reachable(stream)
      if (!first) continue
      const fresh = copyOf(first)
      for (const [field, value] of Object.entries(this.newKey(stream.name)))
        setAt(fresh, field.split('.'), like(valueAt(first, field), value))
      // A stream whose key is that of its parent has no record to come before its parent does.
      if (!records.some((record) => JSON.stringify(keyOf(stream, record)) === JSON.stringify(keyOf(stream, fresh)))) records.push(fresh)
      const cursor = stream.definition.changes?.cursor
      if (cursor !== undefined) for (const record of [first, fresh]) grow(record, cursor, records)
    }
  }

  /** A key that no record has: another value in its last field that does not point to the parent. */
  newKey(name: string): Key {
    const stream = this.#stream(name)
    this.#made += 1
    const [first = {}] = this.#reachable(stream)
    const own = stream.key.filter((field) => field !== stream.definition.parent?.field).at(-1) ?? stream.key.at(-1)!
    const value = stream.fields.find(({ path }) => path.join('.') === own)?.value
    const key = keyOf(stream, first)
    return {
      ...key,
      [own]: otherThan(
        value,
        this.records[name]!.map((record) => textAt(record, own) ?? ''),
        this.#made,
      ),
    }
  }

  /** Texts of a personal kind that are long enough to be told from others. */
  persons(): string[] {
    return this.#streams.flatMap(({ name, fields }) => {
      const personal = fields.filter(({ kind, list, inside }) => kind !== 'none' && !list && !inside)
      return this.records[name]!.flatMap((record) => personal.flatMap(({ path }) => textAt(record, path.join('.')) ?? [])).filter(
        (text) => text.length >= 8,
      )
    })
  }

  #stream(name: string): OpenStream {
    return this.#streams.find((stream) => stream.name === name)!
  }
}

function otherThan(value: string | undefined, taken: readonly string[], n: number): string {
  if (value === 'uuid') return `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`
  if (taken.length > 0 && taken.every((text) => /^\d{1,15}$/.test(text))) {
    const width = taken[0]!.length
    return String(Math.max(...taken.map(Number)) + n).padStart(value === 'text' ? width : 0, '0')
  }
  return `nieuw-${n}`
}

/** A number where the other is one. */
const like = (other: unknown, text: string): unknown =>
  typeof other === 'number' || isLosslessNumber(other) ? new LosslessNumber(text) : text

/** Gives a record the greatest value of its cursor, and somewhat more. A date stays the greatest: a day that is still to come is no change. */
function grow(record: SourceRecord, cursor: string, records: readonly SourceRecord[]): void {
  const values = records.flatMap((each) => textAt(each, cursor) ?? [])
  const greatest = values.reduce((a, b) => (compareGrowing(a, b) >= 0 ? a : b))
  const before = valueAt(record, cursor)
  setAt(record, cursor.split('.'), like(before, isDecimal(greatest) ? String(BigInt(greatest.split('.')[0]!) + 1n) : later(greatest)))
}

function later(instant: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(instant)) return instant
  const next = new Date(Math.min(Date.parse(instant) + 1000, Date.now())).toISOString()
  // In the form of the others: a zone where they have one.
  return /(?:Z|[+-]\d{2}:?\d{2})$/.test(instant) ? next : next.replace('Z', '')
}
