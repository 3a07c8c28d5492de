/**
 * What holds for every connector, whatever its source: its streams are described, its listings end and are whole, a reading goes on from any
 * of its cursors, what fails never passes for a shorter list, and no secret is told. The tests of the product and `gemaal connector test` run
 * the same ones.
 */
import type { Cursor, Key, Page } from '../connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from '../errors.js'
import { type Fault, faults } from './faults.js'
import { openSource } from './open.js'
import { type Asked, checkpointOf, keyOf, readSlice, readStream, type SliceRead } from './reading.js'
import type { Suite } from './suite.js'

/** A connector does not do what its contract says. The message holds counts and names, no value and no key. */
export class NotConforming extends Error {
  override name = 'NotConforming'
}

/** One demand, in a sentence that has the stream, or the connector, for its subject. */
export interface Check<Subject extends unknown[]> {
  sentence: string
  /**
   * @returns why it has nothing to look at here; undefined where it holds
   * @throws NotConforming where it does not hold
   */
  run(suite: Suite, ...subject: Subject): Promise<string | undefined>
}

const onlyFull = 'there is only the full reading'

export const streamChecks: readonly Check<[stream: string]>[] = [
  {
    sentence: 'describes each field with a kind, and its key is required',
    async run({ source }, stream) {
      const { fields, key } = source.stream(stream)
      demand(fields.length > 0, 'no field is described')
      for (const { kind, description, path } of fields)
        demand(Boolean(kind && description), `'${path.join('.')}' has no kind or no description`)
      for (const name of key) {
        const field = fields.find(({ path }) => path.join('.') === name)
        demand(field?.required === true && field.lands, `the key '${name}' is not a field that is required and lands`)
      }
      return undefined
    },
  },
  {
    sentence: 'is listed whole: every key of the source once, none of them empty',
    async run(suite, stream) {
      const read = await suite.read(stream, { warehouse: await suite.warehouseBefore(stream) })
      const keys = suite.keysIn(stream, read)
      const empty = keys.filter((key) => Object.values(JSON.parse(key) as Key).some((value) => value === '' || value === null))
      demand(empty.length === 0, `${empty.length} of ${keys.length} records have an empty key`)
      same(keys, suite.started.keys(stream), 'the source')
      for (const { end, slice } of read)
        demand(
          end.complete === 'all' || end.complete === 'appended',
          `slice '${slice.name}' of a full reading ends with complete: ${end.complete}; expected 'all', or 'appended' of a source that only adds`,
        )
      return undefined
    },
  },
  {
    sentence: 'gives pages that say when they were asked for, and cursors that are small',
    async run(suite, stream) {
      const before = Date.now()
      const read = await suite.read(stream, { warehouse: await suite.warehouseBefore(stream) })
      for (const { readAt, cursor = '{}' } of read.flatMap(({ pages }) => pages)) {
        const asked = readAt?.getTime() ?? 0
        demand(asked >= before && asked <= Date.now(), 'a page says that it was asked for before or after the reading')
        demand(isJson(cursor), 'a cursor is no JSON text')
        demand(Buffer.byteLength(cursor) <= 8 * 1024, 'a cursor is longer than 8 KB')
      }
      return undefined
    },
  },
  {
    sentence: 'goes on from every cursor to the same set, by every reading',
    async run(suite, stream) {
      const { source, started } = suite
      const warehouse = await suite.warehouseBefore(stream)
      const first = await suite.read(stream, { warehouse })
      warehouse.publish(stream, first)
      const checkpoint = checkpointOf(source.stream(stream), first)
      await started.change()
      const readings: Asked[] = [
        { reading: 'full', warehouse },
        ...(source.stream(stream).changes
          ? [
              { reading: 'changes' as const, warehouse },
              { reading: 'changes' as const, checkpoint, warehouse },
            ]
          : []),
      ]
      for (const asked of readings) {
        for (const slice of await suite.slices(stream, asked)) {
          const whole = await readSlice(source, stream, slice, asked)
          for (const [index, { cursor }] of whole.pages.entries()) {
            if (cursor === undefined) continue
            const rest = await readSlice(source, stream, slice, asked, cursor)
            const joined = { ...whole, pages: [...whole.pages.slice(0, index + 1), ...rest.pages] }
            const from = `the ${asked.reading} reading of slice '${slice.name}' without a stop after page ${index + 1}`
            sameSet(suite.keysIn(stream, [joined]), suite.keysIn(stream, [whole]), from)
            demand(
              rest.end.complete === whole.end.complete,
              `from the cursor of page ${index + 1} it ends with complete: ${rest.end.complete}; expected ${whole.end.complete}`,
            )
          }
        }
      }
      return undefined
    },
  },
  {
    sentence: 'read by what changed, gives a copy everything that changed, and its checkpoint never goes back',
    async run(suite, stream) {
      const { source, started } = suite
      const open = source.stream(stream)
      if (!open.changes) return onlyFull
      demand(open.changes.blind !== '', 'it does not say what its changes reading cannot see')
      const warehouse = await suite.warehouseBefore(stream)
      const first = await suite.read(stream, { warehouse })
      warehouse.publish(stream, first)
      const checkpoint = checkpointOf(open, first)
      const known = new Set(warehouse.keys(stream))
      await started.change()
      for (const earlier of suite.earlierThan(stream)) warehouse.publish(earlier, await suite.read(earlier, { warehouse }))
      const changes = await suite.read(stream, { reading: 'changes', checkpoint, warehouse })
      warehouse.publish(stream, changes)
      const there = new Set(warehouse.keys(stream))
      const missed = started.keys(stream).filter((key) => !known.has(key) && !there.has(key))
      demand(missed.length === 0, `${missed.length} records came to the source, and its changes reading did not give them`)
      const reached = checkpointOf(open, changes)
      if (checkpoint !== undefined) demand(open.compare(reached ?? checkpoint, checkpoint) >= 0, 'its checkpoint went back')
      if (reached !== undefined) demand(open.compare(reached, reached) === 0, 'its checkpoint is not equal to itself')
      return undefined
    },
  },
  {
    sentence: 're-reads by key: those that are there come back with that key, one that is not is gone',
    async run({ source, started }, stream) {
      const open = source.stream(stream)
      if (!open.byKey) return 'its records cannot be asked for by key'
      const there = started
        .keys(stream)
        .slice(0, 3)
        .map((key) => JSON.parse(key) as Key)
      const missing = started.missingKey(stream)
      let answers = 0
      for await (const answer of open.byKey(source.context(stream), [...there, missing])) {
        answers += 1
        if (JSON.stringify(answer.key) === JSON.stringify(missing))
          demand('gone' in answer, 'a key that the source does not have is not gone')
        else
          demand(
            'found' in answer && JSON.stringify(keyOf(open, answer.found)) === JSON.stringify(answer.key),
            'a key of the source does not come back with the record of that key',
          )
      }
      demand(answers === there.length + 1, `${answers} answers for ${there.length + 1} keys`)
      return undefined
    },
  },
  ...faults.map(
    (fault): Check<[stream: string]> => ({
      sentence: `never passes for shorter when a request fails: ${fault}`,
      run: (suite, stream) => neverShorter(suite, stream, fault),
    }),
  ),
]

/** Fails the requests of a full reading from the first one on, the second, the middle and the last, and lets the source recover each time. */
async function neverShorter(suite: Suite, stream: string, fault: Fault): Promise<string | undefined> {
  const { gateway, source } = suite
  if (!gateway) return 'its source is not read over http'
  const asked: Asked = { reading: 'full', warehouse: await suite.warehouseBefore(stream) }
  const slices = await suite.slices(stream, asked)
  gateway.heal()
  const expected = suite.keysIn(stream, await suite.readSlices(stream, slices, asked))
  const requests = gateway.count()
  for (const turn of new Set([0, 1, Math.floor(requests / 2), requests - 1].filter((each) => each >= 0 && each < requests))) {
    const broken = `when request ${turn + 1} of ${requests} and those after it fail`
    gateway.failFrom(turn, fault)
    const kept: Page[][] = []
    let failure: unknown
    for (const [index, slice] of slices.entries()) {
      kept[index] = []
      await readSlice(source, stream, slice, asked, undefined, (page) => kept[index]!.push(page)).catch((error) => {
        failure ??= error
      })
    }
    gateway.heal()
    // An answer whose status says all can break off without harm; then nothing is missing.
    if (failure === undefined) {
      const read = kept.map((pages, index) => ({ slice: slices[index]!, pages, end: { complete: 'all' as const } }))
      sameSet(suite.keysIn(stream, read), expected, `a reading without a failure, though it ends well ${broken}`)
      continue
    }
    suite.errors.push(failure)
    demand(
      [SourceUnavailable, UnexpectedResponse, SourceRefused, CheckpointExpired].some((known) => failure instanceof known),
      `the reading ends with ${(failure as Error).name} ${broken}; expected an error of the contract`,
    )
    // After the source is well again each slice goes on from its last cursor, and the whole is the same.
    const rest: SliceRead[] = []
    for (const [index, slice] of slices.entries()) {
      const pages = upToCursor(kept[index]!)
      const read = await readSlice(source, stream, slice, asked, pages.at(-1)?.cursor)
      rest.push({ ...read, pages: [...pages, ...read.pages] })
    }
    sameSet(suite.keysIn(stream, rest), expected, `a reading without a failure, ${broken}`)
  }
  return undefined
}

export const connectorChecks: readonly Check<[]>[] = [
  {
    sentence: 'has the streams that its source is said to have',
    async run({ fixture, source }) {
      const [said, has] = [[...fixture.streams].sort(), Object.keys(source.streams).sort()]
      demand(said.join() === has.join(), `the connector has ${has.join(', ')}; the source ${said.join(', ')}`)
      return undefined
    },
  },
]

/** Run after all others, since it looks at what they were told. */
export const lastChecks: readonly Check<[]>[] = [
  {
    sentence: 'tells no secret and no person in a message or a log',
    async run({ fixture, started, source, errors }) {
      const { credentials = {} } = started.source
      const wrong = openSource(started.connector, {
        ...started.source,
        credentials: Object.fromEntries(Object.entries(credentials).map(([field, value]) => [field, `${value}-verkeerd`])),
      })
      for (const stream of fixture.streams) await readStream(wrong, stream).catch((error) => errors.push(error))
      wrong.close()
      const told = [
        ...errors.map((error) => `${(error as Error).stack} ${(error as Error).cause} ${JSON.stringify(error)}`),
        ...source.log.lines,
        ...wrong.log.lines,
      ].join('\n')
      const found = started.secrets.filter((secret) => told.includes(secret)).length
      demand(found === 0, `${found} of ${started.secrets.length} secrets stand in a message or a log`)
      return undefined
    },
  },
]

export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new NotConforming(otherwise)
}

/** Each of the keys once. */
function same(keys: readonly string[], expected: readonly string[], what: string): void {
  const twice = keys.length - new Set(keys).size
  demand(twice === 0, `${twice} of ${keys.length} keys came more than once`)
  sameSet(keys, expected, what)
}

function sameSet(keys: readonly string[], expected: readonly string[], what: string): void {
  const [has, wanted] = [new Set(keys), new Set(expected)]
  const missing = [...wanted].filter((key) => !has.has(key)).length
  const strange = [...has].filter((key) => !wanted.has(key)).length
  demand(missing + strange === 0, `of the ${wanted.size} keys of ${what} ${missing} are missing, and ${strange} others came`)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** The pages that a worker keeps: those up to the last one with a cursor. */
function upToCursor(pages: readonly Page[]): (Page & { cursor: Cursor })[] {
  const last = pages.findLastIndex(({ cursor }) => cursor !== undefined)
  return pages.slice(0, last + 1) as (Page & { cursor: Cursor })[]
}
