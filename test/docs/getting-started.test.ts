/** The page is followed as a reader follows it: every command in order, in terminals, on a machine with nothing prepared but the clone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { openFolder, type TestFolder } from '../support/folder.js'
import { until } from '../support/until.js'
import { textOf } from './pages.js'

const page = 'docs/getting-started.md'
/** Port of the sample server on the page; here it is any that is free. */
const portOnPage = '8001'
/** A first start makes a Postgres cluster and starts Temporal, on a machine that does other work. */
const blockWithinMs = 240_000

interface Block {
  line: number
  language: string
  /** What follows the language: the path of a file. */
  file: string
  second: boolean
  text: string
}

function blocks(): Block[] {
  const found: Block[] = []
  let open: Block | undefined
  let second = false
  textOf(page)
    .split('\n')
    .forEach((line, i) => {
      const fence = /^```(\S*) ?(.*)$/.exec(line)
      if (!fence) {
        if (open) open.text += `${line}\n`
        else if (line === '<!-- second terminal -->') second = true
      } else if (open) {
        found.push(open)
        open = undefined
      } else {
        open = { line: i + 1, language: fence[1]!, file: fence[2]!, second, text: '' }
        second = false
      }
    })
  return found
}

/** A shell as a person has one; what it and its commands say is kept in the order in which it came. */
class Terminal {
  output = ''
  readonly #shell: ChildProcess
  readonly #folder: string
  #ended = false
  #count = 0

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    // It ends at the first command that fails.
    this.#shell = spawn('bash', ['--noprofile', '--norc', '-c', 'exec 2>&1; exec bash --noprofile --norc -e'], {
      cwd: root,
      env,
      detached: true,
    })
    this.#shell.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
    this.#shell.once('close', () => {
      this.#ended = true
    })
  }

  /** Types a block. @returns what was said until it was done */
  async type(text: string): Promise<string> {
    await this.start(text)
    const done = `<block ${this.#count} is done>\n`
    this.#shell.stdin!.write(`echo "${done.trim()}"\n`)
    await until(async () => this.#ended || this.output.includes(done), `done: ${text}; it said:\n${this.output}`, blockWithinMs)
    if (!this.output.includes(done)) throw new Error(`a command failed:\n${text}\nIt said:\n${this.output}`)
    return this.output.replace(done, '')
  }

  /** Types a block that goes on for ever. */
  async start(text: string): Promise<void> {
    this.output = ''
    this.#count += 1
    const file = join(this.#folder, `block-${this.#count}.sh`)
    await writeFile(file, text)
    this.#shell.stdin!.write(`. ${file} < /dev/null\n`)
  }

  async close(): Promise<void> {
    if (this.#ended) return
    const closed = new Promise((resolve) => this.#shell.once('close', resolve))
    process.kill(-this.#shell.pid!, 'SIGTERM')
    await closed
  }
}

/** What is shown on the page as a pattern: `…` is any text, alone on a line any lines; columns are as far apart as they like. */
function patternOf(shown: string): RegExp {
  const lines = shown.split('\n').slice(0, -1)
  const patterns = lines.map((line) => {
    if (line.trim() === '…') return '(?:.*\\n)*?'
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ {2,}/g, ' +'))
    return `${parts.join('.*?')} *\\n`
  })
  return new RegExp(`(?:^|\\n)${patterns.join('')}`)
}

describe('each step of the page does what it says', () => {
  let folders: TestFolder[]
  let port = ''
  let first: Terminal
  let second: Terminal
  let said = ''

  beforeAll(async () => {
    folders = [await openFolder(), await openFolder()]
    const [home, scripts] = folders.map((f) => f.path) as [string, string]
    // The program of Temporal may be in the cache of the person who runs the tests; nothing else of theirs is seen.
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
      LANG: 'C.UTF-8',
      GEMAAL_LOG: 'warn',
    }
    port = String(await freePort())
    first = new Terminal(scripts, env)
    second = new Terminal(scripts, env)
  })
  afterAll(async () => {
    await first?.close()
    await second?.close()
    await Promise.all(folders.map((f) => f.remove()))
  })

  const here = (text: string) => text.replaceAll(portOnPage, port)

  for (const block of blocks()) {
    const [command = ''] = block.text.trim().split('\n').slice(-1)
    const name = `line ${block.line}: ${block.language === 'sh' ? command : `${block.language} ${block.file || 'as shown'}`}`
    test(
      name,
      async () => {
        if (block.language === 'sh') {
          if (block.second) {
            await second.start(here(block.text))
            await until(async () => second.output !== '', 'the second terminal says something')
            said = second.output
          } else said = await first.type(here(block.text))
        } else if (block.language === 'text') expect(said).toMatch(patternOf(here(block.text)))
        else {
          const path = (await first.type('pwd')).trim()
          expect((await readFile(join(path, block.file), 'utf8')).replace(/^# yaml-language-server:.*\n/, '')).toBe(here(block.text))
        }
      },
      blockWithinMs + 10_000,
    )
  }
})

test('a machine without our doing is not needed: the page names no other program than ours and those of a shell', () => {
  const words = blocks()
    .filter((b) => b.language === 'sh')
    .flatMap((b) => b.text.replace(/<<'END'[\s\S]*?\nEND\n/g, '\n').split('\n'))
    .flatMap((line) => line.split('&&'))
    .map((line) => line.trim().split(' ')[0]!)
    .filter((word) => word !== '' && !/^\w+=/.test(word))
  expect(new Set(words)).toEqual(new Set(['gemaal()', 'gemaal', 'node', 'mkdir', 'cd', 'export', 'cat']))
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}
