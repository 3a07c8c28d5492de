/** A small checkout: the programs under test as they are, `cli/main.ts` and tests of the test's own, and the packages that are installed here. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../../../cli/embedded/build.mjs'
import { openFolder } from '../../support/folder.js'

export interface Checkout {
  path: string
  write(file: string, content: string): Promise<void>
  run(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Outcome>
  remove(): Promise<void>
}

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** What runs before a build, and the one module that they take from it. The servers beside them need the rest of the product. */
const programs = ['bootstrap.mjs', 'build.mjs', 'build.d.mts', 'node-version.mjs', 'temporal-download.mjs', 'temporal-binary.ts'].map(
  (name) => `cli/embedded/${name}`,
)

export async function openCheckout(): Promise<Checkout> {
  const folder = await openFolder()
  const path = (...names: string[]) => join(folder.path, ...names)
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'cli/bin.mjs', ...programs]) {
    await cp(join(root, name), path(name))
  }
  // A folder of links rather than one link: what the programs write in it stays here.
  await mkdir(path('node_modules'))
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), path('node_modules', name))
  }
  const write = async (file: string, content: string) => {
    await mkdir(dirname(path(file)), { recursive: true })
    await writeFile(path(file), content)
  }
  // As npm leaves it: newer than the lock that it installed.
  await write('node_modules/.package-lock.json', '{}')
  const past = new Date(Date.now() - 3_600_000)
  await utimes(path('package-lock.json'), past, past)
  await write('vitest.config.ts', "export default { test: { include: ['test/**/*.test.ts'] } }\n")
  await write('cli/main.ts', 'console.log(JSON.stringify(process.argv.slice(2)))\nprocess.exitCode = 7\n')
  return { path: folder.path, write, run: (args, environment) => run(folder.path, args, environment), remove: folder.remove }
}

async function run(cwd: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  // What this run of the tests has set for itself would confuse a run inside it.
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|VITE_|NODE_|npm_|TEST$|FORCE_COLOR$)/.test(name))
  const child = spawn(process.execPath, args, { cwd, env: { ...Object.fromEntries(own), ...more }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number | null, stdout, stderr }
}
