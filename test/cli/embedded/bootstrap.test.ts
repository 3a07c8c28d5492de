import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Checkout, openCheckout } from './checkout.js'

let checkout: Checkout

beforeEach(async () => {
  checkout = await openCheckout()
})

afterEach(() => checkout.remove())

const bootstrap = (...args: string[]) => checkout.run(['cli/embedded/bootstrap.mjs', ...args])

test('demo and dev build, then run the command with what was given', async () => {
  expect(await bootstrap('demo', '--', '--keep')).toEqual({ code: 7, stdout: '["demo","--keep"]\n', stderr: 'Building: a few seconds.\n' })
  expect(await bootstrap('dev')).toEqual({ code: 7, stdout: '["dev"]\n', stderr: '' })
})

test('the tests run, and the last line counts them', async () => {
  await checkout.write('test/a.test.ts', "import { test } from 'vitest'\ntest('holds', () => {})\ntest('holds, too', () => {})\n")
  const good = await bootstrap('test')
  expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n2 passed, 0 failed\n$/) })
  await checkout.write('test/b.test.ts', "import { test } from 'vitest'\ntest('fails', () => { throw new Error('broken') })\n")
  expect(await bootstrap('test')).toMatchObject({ code: 1, stdout: expect.stringMatching(/\n2 passed, 1 failed\n$/) })
  expect(await bootstrap('test', 'test/a.test.ts')).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n2 passed, 0 failed\n$/) })
})

test('a test file that cannot be loaded counts as one that failed', async () => {
  await checkout.write('test/a.test.ts', "import { test } from 'vitest'\ntest('holds', () => {})\n")
  await checkout.write('test/b.test.ts', "throw new Error('not loaded')\n")
  expect(await bootstrap('test')).toMatchObject({ code: 1, stdout: expect.stringMatching(/\n1 passed, 1 failed\n$/) })
})

test('an error outside of any test counts as one that failed', async () => {
  await checkout.write(
    'test/a.test.ts',
    "import { test } from 'vitest'\ntest('holds', () => { void Promise.reject(new Error('nobody looks')) })\n",
  )
  expect(await bootstrap('test')).toMatchObject({ code: 1, stdout: expect.stringMatching(/\n1 passed, 1 failed\n$/) })
})

test('with a type error no test runs, and the last line is there all the same', async () => {
  await checkout.write('cli/unfinished.ts', "export const count: number = 'één'\n")
  expect(await bootstrap('test')).toMatchObject({
    code: 1,
    stdout: '0 passed, 1 failed\n',
    stderr: expect.stringContaining('unfinished.ts'),
  })
})

test('the packages are installed again after package-lock.json changed, once', async () => {
  const npm = join(checkout.path, 'npm.mjs')
  await checkout.write(
    'npm.mjs',
    "import { appendFileSync } from 'node:fs'\nappendFileSync('asked', process.argv.slice(2).join(' ') + '\\n')\n",
  )
  const run = () => checkout.run(['cli/embedded/bootstrap.mjs', 'dev'], { npm_execpath: npm })
  const asked = () => readFile(join(checkout.path, 'asked'), 'utf8').catch(() => '')
  await run()
  expect(await asked()).toBe('')
  await checkout.write('package-lock.json', '{}')
  expect((await run()).stderr).toContain('Installing the packages')
  await run()
  expect(await asked()).toBe('ci --no-audit --no-fund --loglevel=error\n')
})

test('a failing installation ends it with a line that says what is needed', async () => {
  await checkout.write('npm.mjs', 'process.exit(1)\n')
  await checkout.write('package-lock.json', '{}')
  const outcome = await checkout.run(['cli/embedded/bootstrap.mjs', 'dev'], { npm_execpath: join(checkout.path, 'npm.mjs') })
  expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('needs the npm registry') })
})

test('another word is refused with the usage', async () => {
  expect(await bootstrap('deploy')).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') })
})
