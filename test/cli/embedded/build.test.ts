import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Checkout, openCheckout } from './checkout.js'

let checkout: Checkout

beforeEach(async () => {
  checkout = await openCheckout()
})

afterEach(() => checkout.remove())

const gemaal = (...args: string[]) => checkout.run(['cli/bin.mjs', ...args])

test('the command builds once, says so on stderr, and hands on its arguments and exit code', async () => {
  expect(await gemaal('status', '--json')).toEqual({
    code: 7,
    stdout: '["status","--json"]\n',
    stderr: 'The sources changed: building first.\n',
  })
  expect(await gemaal('check')).toEqual({ code: 7, stdout: '["check"]\n', stderr: '' })
})

test('it builds again after a source changed, came, or went', async () => {
  await gemaal()
  await checkout.write('cli/main.ts', "import { word } from './word.js'\nconsole.log(word)\n")
  await checkout.write('cli/word.ts', "export const word = 'nieuw'\n")
  expect(await gemaal()).toMatchObject({ code: 0, stdout: 'nieuw\n', stderr: expect.stringContaining('building') })
  await checkout.write('cli/main.ts', "console.log('zonder')\n")
  await rm(join(checkout.path, 'cli', 'word.ts'))
  expect(await gemaal()).toMatchObject({ code: 0, stdout: 'zonder\n', stderr: expect.stringContaining('building') })
  expect(await gemaal()).toMatchObject({ stderr: '' })
})

test('what has no source any more is not left in dist, and other files there are', async () => {
  await checkout.write('connectors/weg/connector.ts', 'export default {}\n')
  await gemaal()
  const built = join(checkout.path, 'dist', 'connectors', 'weg', 'connector.js')
  await stat(built)
  await writeFile(join(checkout.path, 'dist', 'workflow-bundle.json'), '{}')
  await rm(join(checkout.path, 'connectors', 'weg', 'connector.ts'))
  await gemaal()
  await expect(stat(built)).rejects.toThrow('ENOENT')
  await stat(join(checkout.path, 'dist', 'workflow-bundle.json'))
})

test('a type error in one file is shown, and the command runs all the same', async () => {
  await checkout.write('cli/unfinished.ts', "export const count: number = 'één'\n")
  expect(await gemaal()).toMatchObject({ code: 7, stdout: '[]\n', stderr: expect.stringMatching(/unfinished\.ts.*sources have errors/s) })
})

test('an installed package, which has no sources, is not built', async () => {
  await gemaal()
  await rm(join(checkout.path, 'tsconfig.json'))
  await checkout.write('cli/main.ts', "console.log('anders')\n")
  expect(await gemaal()).toEqual({ code: 7, stdout: '[]\n', stderr: '' })
})
