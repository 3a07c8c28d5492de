/** Everything on one machine, as `gemaal dev` runs it: a folder of its own, processes of their own, and all that they write at hand. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { root } from '../../cli/embedded/build.mjs'
import { openFolder } from '../support/folder.js'
import { type Ended, gemaal } from '../support/gemaal.js'
import { until } from '../support/until.js'
import { copySample } from '../support/waterdam.js'
import { filesUnder, type Haystacks, tablesOf } from './search.js'

export interface Household {
  pool: pg.Pool
  /** Runs the command to its end in the folder of the project; what it said is kept. */
  gemaal(...words: string[]): Promise<Ended>
  /** All that was written so far: tables, output of every process, and every file of the servers but those of Postgres' data. */
  written(): Promise<Haystacks>
  /** Rows of a query. */
  rows<T = { [column: string]: unknown }>(sql: string): Promise<T[]>
  /**
   * Stops everything in good order, so that all that was in memory is on disk.
   *
   * @returns `written`, and the data files and log of write-ahead of Postgres
   */
  end(): Promise<Haystacks>
  /** Ends what still runs and removes the folder. */
  close(): Promise<void>
}

/**
 * @param files of the project, over those of the sample
 * @param environment credentials and keys
 */
export async function openHousehold(environment: { [name: string]: string }, files: { [path: string]: string } = {}): Promise<Household> {
  const folder = await openFolder()
  const project = join(folder.path, 'project')
  const data = join(folder.path, 'data')
  await copySample(project)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
  const env = { GEMAAL_LOG: 'trace', ...environment, GEMAAL_DATA: data }
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'dev'], {
    cwd: project,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  const output = { dev: '', commands: '' }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output.dev += text))
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`gemaal dev ended at once:\n${output.dev}`)
    return output.dev.includes('Ctrl-C stops everything')
  }, 'everything is up')
  const url = /^Postgres +(postgres\S+)$/m.exec(output.dev)![1]!
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => {})
  const where = (await pool.query<{ folder: string }>(`select current_setting('data_directory') as folder`)).rows[0]!.folder
  const outputs = () => [['output of dev', Buffer.from(output.dev)] as const, ['output of commands', Buffer.from(output.commands)] as const]
  const household: Household = {
    pool,
    async gemaal(...words) {
      const ended = await gemaal(words, { cwd: project, env })
      output.commands += `${ended.stdout}${ended.stderr}`
      return ended
    },
    async written() {
      const all = await filesUnder(data)
      // The data of Postgres changes while it is read; it is looked at when Postgres has stopped.
      const files = [...all].filter(([path]) => !join(data, path).startsWith(`${where}/`))
      return new Map([...(await tablesOf(pool)), ...files, ...outputs()])
    },
    rows: async (sql) => (await pool.query(sql)).rows,
    async end() {
      const tables = await tablesOf(pool)
      await pool.end()
      child.kill('SIGTERM')
      await gone
      return new Map([...tables, ...(await filesUnder(data)), ...(await filesUnder(where, 'postgres data/')), ...outputs()])
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        await pool.end().catch(() => {})
        child.kill('SIGTERM')
        await gone
      }
      await folder.remove()
    },
  }
  return household
}
