import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connector, Cursor, Page, Slice } from '../../connectors/connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../connectors/errors.js'
import { type FaultyGateway, faults, faultyGateway } from './faults.js'
import {
  type Asked,
  checkpointOf,
  keyOf,
  type OpenSource,
  openSource,
  readSlice,
  readStream,
  recordsIn,
  removedIn,
  type SliceRead,
  type SourceOptions,
  sliceContext,
  Warehouse,
} from './reading.js'

/** What the suite needs of a connector: a source that it can read, and what a right copy of it holds. */
export interface Fixture {
  /** Streams in the order in which they are read, for a describe of its own each. */
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
  missingKey(stream: string): { readonly [field: string]: string }
  stop(): Promise<void>
}

/**
 * What holds for every connector, whatever its source: its streams are described, its listings end and are whole, a reading goes on from any of
 * its cursors, what fails never passes for a shorter list, and no secret is told.
 */
export function conforms(name: string, fixture: Fixture): void {
  describe(`connector ${name}`, () => {
    let started: Started
    let gateway: FaultyGateway | undefined
    let source: OpenSource
    const errors: unknown[] = []

    beforeAll(async () => {
      started = await fixture.start()
      if (started.overHttp) gateway = await faultyGateway(started.source.baseUrl)
      source = openSource(started.connector, { ...started.source, baseUrl: gateway?.url ?? started.source.baseUrl })
    })
    afterAll(async () => {
      source?.close()
      await gateway?.stop()
      await started?.stop()
    })

    test('has the streams that the fixture names', () => {
      expect([...fixture.streams].sort()).toEqual(Object.keys(source.streams).sort())
    })

    /** The streams that this one is read after, themselves and through others, in the order of the fixture. */
    function earlierThan(stream: string): string[] {
      const needed = new Set<string>()
      const need = (name: string): void => {
        const { after = [], parent } = source.stream(name).definition
        for (const other of [...after, ...(parent ? [parent.stream] : [])]) {
          if (!needed.has(other)) need(other)
          needed.add(other)
        }
      }
      need(stream)
      return fixture.streams.slice(0, fixture.streams.indexOf(stream)).filter((name) => needed.has(name))
    }

    /** A warehouse in which the streams before this one were published. */
    async function warehouseBefore(stream: string): Promise<Warehouse> {
      const warehouse = new Warehouse(source)
      for (const earlier of earlierThan(stream)) warehouse.publish(earlier, await readStream(source, earlier, { warehouse }))
      return warehouse
    }

    describe.each(fixture.streams)('stream %s', (stream) => {
      const sorted = (keys: Iterable<string>) => [...keys].sort()
      const keyTexts = (read: readonly SliceRead[]) => [
        ...recordsIn(read).map((record) => JSON.stringify(keyOf(source.stream(stream), record))),
        ...removedIn(read).map((key) => JSON.stringify(key)),
      ]

      test('describes each field with a kind, and its key is required', () => {
        const { fields, key } = source.stream(stream)
        expect(fields.length).toBeGreaterThan(0)
        for (const field of fields)
          expect(field).toMatchObject({ kind: expect.stringMatching(/./), description: expect.stringMatching(/./) })
        for (const name of key) expect(fields.find(({ path }) => path.join('.') === name)).toMatchObject({ required: true, lands: true })
      })

      test('is listed whole: every key of the source once, none of them empty', async () => {
        const read = await readStream(source, stream, { warehouse: await warehouseBefore(stream) })
        const keys = keyTexts(read)
        expect(keys.every((key) => Object.values(JSON.parse(key)).every((value) => value !== '' && value !== null))).toBe(true)
        expect(sorted(keys)).toEqual(sorted(started.keys(stream)))
        for (const { end, slice } of read)
          expect({ slice: slice.name, complete: end.complete }).toEqual({ slice: slice.name, complete: 'all' })
      })

      test('gives pages that say when they were asked for, and cursors that are small', async () => {
        const before = new Date()
        const read = await readStream(source, stream, { warehouse: await warehouseBefore(stream) })
        for (const page of read.flatMap(({ pages }) => pages)) {
          expect(page.readAt!.getTime()).toBeGreaterThanOrEqual(before.getTime())
          expect(page.readAt!.getTime()).toBeLessThanOrEqual(Date.now())
          if (page.cursor !== undefined) expect(() => JSON.parse(page.cursor!)).not.toThrow()
          expect(Buffer.byteLength(page.cursor ?? '')).toBeLessThanOrEqual(8 * 1024)
        }
      })

      test('goes on from every cursor to the same set, by every reading', async () => {
        const warehouse = await warehouseBefore(stream)
        const first = await readStream(source, stream, { warehouse })
        warehouse.publish(stream, first)
        const checkpoint = checkpointOf(source.stream(stream), first)
        await started.change()
        const readings: Asked[] = [
          { reading: 'full' },
          ...(source.stream(stream).changes ? [{ reading: 'changes' as const }, { reading: 'changes' as const, checkpoint }] : []),
        ]
        for (const asked of readings) {
          for (const slice of await slicesOf({ ...asked, warehouse })) {
            const whole = await readSlice(source, stream, slice, { ...asked, warehouse })
            for (const [index, { cursor }] of whole.pages.entries()) {
              if (cursor === undefined) continue
              const rest = await readSlice(source, stream, slice, { ...asked, warehouse }, cursor)
              const joined = { ...whole, pages: [...whole.pages.slice(0, index + 1), ...rest.pages] }
              expect(sorted(new Set(keyTexts([joined])))).toEqual(sorted(new Set(keyTexts([whole]))))
              expect(rest.end.complete).toEqual(whole.end.complete)
            }
          }
        }
      })

      test('read by what changed, a copy gets everything that changed and its checkpoint never goes back', async () => {
        const open = source.stream(stream)
        if (!open.changes) return
        expect(open.changes.blind).toMatch(/./)
        const warehouse = await warehouseBefore(stream)
        const first = await readStream(source, stream, { warehouse })
        warehouse.publish(stream, first)
        const checkpoint = checkpointOf(open, first)
        const known = new Set(warehouse.keys(stream))
        await started.change()
        for (const earlier of earlierThan(stream)) warehouse.publish(earlier, await readStream(source, earlier, { warehouse }))
        const changes = await readStream(source, stream, { reading: 'changes', checkpoint, warehouse })
        warehouse.publish(stream, changes)
        const fresh = started.keys(stream).filter((key) => !known.has(key))
        expect(warehouse.keys(stream)).toEqual(expect.arrayContaining(fresh))
        const reached = checkpointOf(open, changes)
        if (checkpoint !== undefined) expect(open.compare(reached ?? checkpoint, checkpoint)).toBeGreaterThanOrEqual(0)
        if (reached !== undefined) expect(open.compare(reached, reached)).toBe(0)
      })

      test('re-reads by key: those that are there come back with that key, one that is not is gone', async () => {
        const open = source.stream(stream)
        if (!open.byKey) return
        const there = started
          .keys(stream)
          .slice(0, 3)
          .map((key) => JSON.parse(key))
        const missing = started.missingKey(stream)
        const answers = []
        for await (const answer of open.byKey(source.context(stream), [...there, missing])) answers.push(answer)
        expect(answers).toHaveLength(there.length + 1)
        for (const answer of answers) {
          if (JSON.stringify(answer.key) === JSON.stringify(missing)) expect(answer).toMatchObject({ gone: true })
          else expect('found' in answer && keyOf(open, answer.found)).toEqual(answer.key)
        }
      })

      test.each(faults)('never passes for shorter when a request fails: %s', async (fault) => {
        if (!gateway) return
        const warehouse = await warehouseBefore(stream)
        const asked: Asked = { reading: 'full', warehouse }
        const slices = await slicesOf(asked)
        gateway.heal()
        const expected = sorted(new Set(keyTexts(await readSlices(slices, asked))))
        const requests = gateway.count()
        for (const turn of new Set([0, 1, Math.floor(requests / 2), requests - 1].filter((each) => each >= 0 && each < requests))) {
          gateway.failFrom(turn, fault)
          const kept: Page[][] = []
          let failure: unknown
          for (const [index, slice] of slices.entries()) {
            kept[index] = []
            await readSlice(source, stream, slice, asked, undefined, (page) => kept[index]!.push(page)).catch((error) => {
              failure ??= error
            })
          }
          if (failure !== undefined) errors.push(failure)
          expect([SourceUnavailable, UnexpectedResponse, SourceRefused, CheckpointExpired]).toContain(
            (failure as Error | undefined)?.constructor,
          )
          // After the source is well again each slice goes on from its last cursor, and the whole is the same.
          gateway.heal()
          const rest: SliceRead[] = []
          for (const [index, slice] of slices.entries()) {
            const pages = upToCursor(kept[index]!)
            const read = await readSlice(source, stream, slice, asked, pages.at(-1)?.cursor)
            rest.push({ ...read, pages: [...pages, ...read.pages] })
          }
          expect(sorted(new Set(keyTexts(rest)))).toEqual(expected)
        }
      })

      const slicesOf = (asked: Asked): Promise<Slice[]> => source.stream(stream).slices(sliceContext(source, stream, asked))

      async function readSlices(slices: readonly Slice[], asked: Asked): Promise<SliceRead[]> {
        const read: SliceRead[] = []
        for (const slice of slices) read.push(await readSlice(source, stream, slice, asked))
        return read
      }
    })

    test('no secret and no person is in a message or a log', async () => {
      const wrong = openSource(started.connector, {
        ...started.source,
        credentials: Object.fromEntries(
          Object.entries(started.source.credentials ?? {}).map(([field, value]) => [field, `${value}-verkeerd`]),
        ),
      })
      for (const stream of fixture.streams) await readStream(wrong, stream).catch((error) => errors.push(error))
      wrong.close()
      const told = [
        ...errors.map((error) => `${(error as Error).stack} ${(error as Error).cause} ${JSON.stringify(error)}`),
        ...source.log.lines,
        ...wrong.log.lines,
      ].join('\n')
      for (const secret of started.secrets) expect(told.includes(secret), 'a secret was told').toBe(false)
    })
  })
}

/** The pages that a worker keeps: those up to the last one with a cursor. */
function upToCursor(pages: readonly Page[]): (Page & { cursor: Cursor })[] {
  const last = pages.findLastIndex(({ cursor }) => cursor !== undefined)
  return pages.slice(0, last + 1) as (Page & { cursor: Cursor })[]
}
