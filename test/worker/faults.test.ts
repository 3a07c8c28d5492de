import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { SourceRefused, UnexpectedResponse } from '../../connectors/errors.js'
import { warehouseError } from '../../sql/database.js'
import { NotAllowed } from '../../worker/errors.js'
import { toldError } from '../../worker/faults.js'
import { prepareShield } from '../../worker/pipeline/shield.js'
import { openFolder } from '../support/folder.js'
import { streamPlan } from './plans.js'

const secret = 'Jansen 999990019'

function thrown(work: () => unknown): Error {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

const told = (error: Error) => toldError(warehouseError(error, 'reading a slice'), 'reading a slice').message

test('what our own code says stands as it is', () => {
  const plan = streamPlan({ veld: { kind: 'bsn' } }, [{ columns: { veld: { treatment: 'pseudonymise' } } }])
  expect(told(thrown(() => prepareShield(plan, plan.datasets[0]!, undefined)))).toMatch(/no key of its domain was given$/)
})

test.each([new SourceRefused('the key has no access'), new UnexpectedResponse('no page')])(
  'what a connector says by its contract stands as it is',
  (error) => {
    expect(told(error)).toBe(error.message)
  },
)

test.each<[string, () => unknown]>([
  ['JSON that cannot be read', () => JSON.parse(secret)],
  ['a number that is none', () => BigInt(secret)],
  ['a text that is no code', () => new RegExp(`${secret}(`)],
  ['percent-encoding that is none', () => decodeURIComponent(`%${secret}`)],
  ['a property of nothing', () => (undefined as unknown as { [name: string]: unknown })[secret]],
])('of %s the message is left out, which quotes it', (_, work) => {
  const error = thrown(work)
  expect(error.message.length).toBeGreaterThan(0)
  expect(told(error)).toMatch(/^reading a slice: a fault in the code, (SyntaxError|TypeError|URIError)\. Its message is left out/)
  expect(told(error)).not.toContain('Jansen')
})

test('an error that says nothing of where it is from is left out too', () => {
  expect(told(Object.assign(new Error(secret), { stack: undefined }))).not.toContain('Jansen')
  expect(told(new NotAllowed(secret))).not.toContain('Jansen') // thrown by this test, which is none of ours
})

test('an error of a connector of a project names the place in that connector', async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  const place = join(folder.path, '0123456789abcdef0123456789abcdef', 'connectors', 'personen')
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'connector.mjs'), `export function read(record) {\n  throw new Error('cannot read ' + record)\n}\n`)
  const { read } = (await import(pathToFileURL(join(place, 'connector.mjs')).href)) as { read(record: string): never }
  expect(told(thrown(() => read(secret)))).toBe(
    'reading a slice: a fault in the code, Error at connectors/personen/connector.mjs:2:9. Its message is left out, since it can quote a record; report it to whoever wrote that code.',
  )
})
