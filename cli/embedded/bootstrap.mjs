/**
 * `node cli/embedded/bootstrap.mjs <demo|dev|test> [arguments]`: from a fresh clone to a running command. Installs what is missing, builds,
 * and goes on. Plain JavaScript that needs nothing installed.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, isStale, root } from './build.mjs'
import { checkNode } from './node-version.mjs'

const [verb, ...rest] = process.argv.slice(2)
const given = rest[0] === '--' ? rest.slice(1) : rest

checkNode()
process.chdir(root)
if (verb === 'demo' || verb === 'dev') await runCommand()
else if (verb === 'test') await runTests()
else {
  say(`Unknown: ${verb ?? 'nothing'}. Usage: node cli/embedded/bootstrap.mjs <demo|dev|test> [arguments]`)
  process.exitCode = 2
}

/** The command runs in this process, so that signals and exit code are its own. */
async function runCommand() {
  if (!(await prepare())) process.exit(1)
  process.argv = [process.argv[0], join(root, 'cli', 'bin.mjs'), verb, ...given]
  await import(pathToFileURL(join(root, 'dist', 'cli', 'main.js')).href)
}

/** The last line that it prints is `N passed, N failed`, whatever happens. */
async function runTests() {
  const counts = { passed: 0, failed: 0 }
  let code = 1
  if (await prepare()) {
    await haveTemporal()
    code = await runVitest(counts)
  }
  // What went wrong outside of a test counts as one that failed.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  process.exitCode = code
}

async function prepare() {
  return (await install()) && buildWhenStale()
}

async function install() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const modules = join(root, 'node_modules')
  const stamp = join(modules, '.gemaal-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return true
  if (!existsSync(stamp) && isNewer(join(modules, '.package-lock.json'), join(root, 'package-lock.json'))) {
    writeFileSync(stamp, digest) // a person ran npm
    return true
  }
  say('Installing the packages of package-lock.json: about a minute, longer on a slow network.')
  const npm = process.env.npm_execpath
  const [command, ...args] = npm ? [process.execPath, npm] : ['npm']
  const code = await run(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) {
    say('npm ci failed, see above. Gemaal needs the npm registry, or the mirror of it that npm is configured for.')
    return false
  }
  writeFileSync(stamp, digest)
  return true
}

function buildWhenStale() {
  if (!isStale()) return true
  say('Building: a few seconds.')
  const { ok, output } = build()
  if (!ok) say(`${output}The sources do not build, see above.`)
  return ok
}

/** Before the tests rather than during them: where it has to be built it takes minutes. Tests that need none run without it. */
async function haveTemporal() {
  const { ensureTemporalBinary } = await import(pathToFileURL(join(root, 'dist', 'cli', 'embedded', 'temporal-binary.js')).href)
  try {
    await ensureTemporalBinary({ environment: process.env, log: say })
  } catch (error) {
    say(`${error.message}\nTests that need Temporal will fail.`)
  }
}

async function runVitest(counts) {
  const folder = mkdtempSync(join(tmpdir(), 'gemaal-counts-'))
  const report = join(folder, 'report.json')
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = await run(process.execPath, [vitest, 'run', ...reporters, ...given])
    if (existsSync(report)) addCounts(counts, JSON.parse(readFileSync(report, 'utf8')))
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function addCounts(counts, report) {
  counts.passed += report.numPassedTests
  counts.failed += report.numFailedTests
  // A file that could not even be loaded has no tests to fail.
  for (const file of report.testResults) {
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) counts.failed++
  }
}

/** Runs a program with our terminal, and passes signals on. @returns its exit code; 128 + the number of the signal that ended it */
function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' })
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const passOn = (name) => {
    // Ctrl-C goes to every process of the terminal: the child has it already, and a second one means "now".
    if (name !== 'SIGINT' || !process.stdin.isTTY) child.kill(name)
  }
  for (const name of names) process.on(name, passOn)
  return new Promise((resolve) => {
    child.once('error', (error) => {
      say(`${command} could not run: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code, name) => resolve(code ?? 128 + constants.signals[name]))
  }).finally(() => {
    for (const name of names) process.off(name, passOn)
  })
}

function isNewer(path, than) {
  const time = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return time(path) > time(than)
}

function say(line) {
  console.error(line)
}
