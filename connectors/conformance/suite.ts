/** A connector with a source to hold it to the contract by: its own, behind a gateway that fails when it is told to. */
import type { Connector, Key, Slice } from '../connector.js'
import { type FaultyGateway, faultyGateway } from './faults.js'
import { type OpenSource, openSource, type SourceOptions } from './open.js'
import { type Asked, keyOf, readSlice, readStream, recordsIn, removedIn, type SliceRead, sliceContext, Warehouse } from './reading.js'

/** What the checks need of a connector: a source that it can read, and what a right copy of it holds. */
export interface Fixture {
  /** Streams in the order in which they are read. */
  streams: readonly string[]
  start(): Promise<Started>
}

export interface Started {
  connector: Connector
  /** How the source is opened. `baseUrl` is one address; the suite puts a gateway before it that fails when it is told to. */
  source: SourceOptions & { baseUrl: string }
  /** False: the source is no server, and what fails in it is the fixture's own matter. */
  overHttp: boolean
  /** Text that may be in no message and no log: credentials, and values of persons. */
  secrets: readonly string[]
  /** Keys of a stream as the source holds them at this moment, each as the JSON text of a `Key`, in any order. */
  keys(stream: string): readonly string[]
  /** Changes something in the streams that can be read by what changed: a record comes, one changes. */
  change(): Promise<void>
  /** A key that the stream does not have, in the form of those that it has. */
  missingKey(stream: string): Key
  stop(): Promise<void>
}

/** A fixture that has started, with the source open. */
export class Suite {
  readonly fixture: Fixture
  readonly started: Started
  readonly gateway: FaultyGateway | undefined
  readonly source: OpenSource
  /** Each error that a check met, for the one that looks for secrets in them. */
  readonly errors: unknown[] = []

  private constructor(fixture: Fixture, started: Started, gateway: FaultyGateway | undefined) {
    this.fixture = fixture
    this.started = started
    this.gateway = gateway
    this.source = openSource(started.connector, { ...started.source, baseUrl: gateway?.url ?? started.source.baseUrl })
  }

  static async open(fixture: Fixture): Promise<Suite> {
    const started = await fixture.start()
    return new Suite(fixture, started, started.overHttp ? await faultyGateway(started.source.baseUrl) : undefined)
  }

  async close(): Promise<void> {
    this.source.close()
    await this.gateway?.stop()
    await this.started.stop()
  }

  /** The streams that this one is read after, themselves and through others, in the order of the fixture. */
  earlierThan(stream: string): string[] {
    const needed = new Set<string>()
    const need = (name: string): void => {
      const { after = [], parent } = this.source.stream(name).definition
      for (const other of [...after, ...(parent ? [parent.stream] : [])]) {
        if (!needed.has(other)) need(other)
        needed.add(other)
      }
    }
    need(stream)
    const { streams } = this.fixture
    return streams.slice(0, streams.indexOf(stream)).filter((name) => needed.has(name))
  }

  /** A warehouse in which the streams before this one were published. */
  async warehouseBefore(stream: string): Promise<Warehouse> {
    const warehouse = new Warehouse(this.source)
    for (const earlier of this.earlierThan(stream)) warehouse.publish(earlier, await this.read(earlier, { warehouse }))
    return warehouse
  }

  read(stream: string, asked?: Asked): Promise<SliceRead[]> {
    return readStream(this.source, stream, asked)
  }

  slices(stream: string, asked: Asked): Promise<Slice[]> {
    return this.source.stream(stream).slices(sliceContext(this.source, stream, asked))
  }

  async readSlices(stream: string, slices: readonly Slice[], asked: Asked): Promise<SliceRead[]> {
    const read: SliceRead[] = []
    for (const slice of slices) read.push(await readSlice(this.source, stream, slice, asked))
    return read
  }

  /** Keys of what was read, in the order in which it came, as the JSON text of a `Key`. */
  keysIn(stream: string, read: readonly SliceRead[]): string[] {
    return [
      ...recordsIn(read).map((record) => JSON.stringify(keyOf(this.source.stream(stream), record))),
      ...removedIn(read).map((key) => JSON.stringify(key)),
    ]
  }
}
