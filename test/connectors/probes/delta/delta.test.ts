import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { CheckpointExpired } from '../../../../connectors/errors.js'
import { type DeltaServer, type Item, key, startDelta } from '../../../sources/delta/server.js'
import { checkpointOf, type OpenSource, openSource, readSlice, readStream, recordsIn, removedIn, Warehouse } from '../../reading.js'
import connector from './connector.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const item = (id: number): Item => ({
  id: `m${id}`,
  naam: `Naam ${id}`,
  afdeling: id % 2 === 0 ? 'Burgerzaken' : null,
  telefoon: `06-${id}`,
})
const items = (count: number) => Array.from({ length: count }, (_, id) => item(id))

async function start(first: Item[]): Promise<{ server: DeltaServer; source: OpenSource; warehouse: Warehouse }> {
  const server = await startDelta(first)
  const source = openSource(connector, { baseUrl: `${server.url}/v1`, credentials: { key } })
  closing.push(() => source.close(), server.stop)
  return { server, source, warehouse: new Warehouse(source) }
}

const name = 'medewerkers'
const sorted = (list: readonly object[]) => [...list].sort((a, b) => ((a as Item).id < (b as Item).id ? -1 : 1))

test('the first round lists everything, and its checkpoint asks for what changed since', async () => {
  const { server, source } = await start(items(7))
  const read = await readStream(source, name, { reading: 'changes' })
  expect(recordsIn(read)).toEqual(server.items())
  expect(read[0]!.end.complete).toBe('all')
  const nothing = await readStream(source, name, { reading: 'changes', checkpoint: checkpointOf(source.stream(name), read) })
  expect(recordsIn(nothing)).toEqual([])
  expect(nothing[0]!.end.complete).toBe(false)
})

test('a change that holds two fields comes as the whole record, and a removed one as removed', async () => {
  const { server, source, warehouse } = await start(items(5))
  const first = await readStream(source, name)
  warehouse.publish(name, first)
  server.change('m1', { afdeling: 'Sociaal Domein' })
  server.change('m1', { telefoon: null })
  server.remove('m3')
  server.put({ ...item(9), naam: 'Nieuw' })
  const read = await readStream(source, name, { reading: 'changes', checkpoint: checkpointOf(source.stream(name), first) })
  expect(sorted(recordsIn(read))).toContainEqual({ id: 'm1', naam: 'Naam 1', afdeling: 'Sociaal Domein', telefoon: null })
  expect(removedIn(read)).toEqual([{ id: 'm3' }])
  warehouse.publish(name, read)
  expect(warehouse.records(name)).toEqual(sorted(server.items()))
})

test('a token that is forgotten asks for a full reading', async () => {
  const { server, source } = await start(items(5))
  const checkpoint = checkpointOf(source.stream(name), await readStream(source, name))
  server.expire()
  const error = await readStream(source, name, { reading: 'changes', checkpoint }).catch((caught) => caught)
  expect(error).toBeInstanceOf(CheckpointExpired)
  expect(error.message).not.toContain(key)
  expect(recordsIn(await readStream(source, name))).toHaveLength(5)
})

test('checkpoints are ordered by the beginning of their rounds', async () => {
  const { source } = await start(items(1))
  const { compare } = source.stream(name)
  const [older, newer] = ['2026-11-25T12:00:00.000Z', '2026-11-25T12:00:00.001Z'].map((began) => JSON.stringify({ link: 'x', began })) as [
    string,
    string,
  ]
  expect(compare(older, newer)).toBeLessThan(0)
  expect(compare(newer, older)).toBeGreaterThan(0)
  expect(compare(older, older)).toBe(0)
})

describe('after any changes, in any order', () => {
  type Step = { do: 'put' | 'change' | 'remove'; id: number } | { do: 'read'; stopAt: number }
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constantFrom('put' as const, 'change' as const, 'remove' as const), id: fc.nat(8) }),
      fc.record({ do: fc.constant('read' as const), stopAt: fc.nat(4) }),
    ),
    { maxLength: 25 },
  )

  test('a copy that is kept by changes equals the source, also when readings break off and go on', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { server, source, warehouse } = await start(items(5))
        const stream = source.stream(name)
        let checkpoint = checkpointOf(stream, await publish(await readStream(source, name)))

        async function publish(read: Awaited<ReturnType<typeof readStream>>) {
          warehouse.publish(name, read)
          return read
        }
        async function catchUp(stopAt: number): Promise<void> {
          const pages: Awaited<ReturnType<typeof readSlice>>['pages'] = []
          const asked = { reading: 'changes' as const, checkpoint }
          // Breaks off after some pages, as a worker that is killed, and goes on from the cursor of the last.
          await readSlice(source, name, { name: 'all' }, asked, undefined, (page) => {
            pages.push(page)
            if (pages.length > stopAt) throw new Error('killed')
          }).catch(() => undefined)
          const rest = await readSlice(source, name, { name: 'all' }, asked, pages.at(-1)?.cursor)
          await publish([{ ...rest, pages: [...pages, ...rest.pages] }])
          checkpoint = rest.end.checkpoint ?? checkpoint
        }

        let version = 0
        for (const step of plan as Step[]) {
          version += 1
          if (step.do === 'read') await catchUp(step.stopAt)
          else if (step.do === 'put') server.put({ ...item(step.id), naam: `Versie ${version}` })
          else if (!server.items().some(({ id }) => id === `m${step.id}`)) continue
          else if (step.do === 'change') server.change(`m${step.id}`, { telefoon: `v${version}` })
          else server.remove(`m${step.id}`)
        }
        await catchUp(0)
        expect(warehouse.records(name)).toEqual(sorted(server.items()))
        await closing.pop()!()
        await closing.pop()!()
      }),
      { numRuns: 25 },
    )
  })
})
