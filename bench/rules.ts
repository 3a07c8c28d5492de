/**
 * What rules cost: `npm run bench:rules`, or with `-- --zaken 10000 --rounds 3`. Reads the zaken of the sample municipality into Postgres with the
 * packs of the connector on, and with rules off, in turn, each in a process of its own; compares the CPU that the two take. Ends with 1 when
 * rules on takes more than 1.25 times that of rules off.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../cli/embedded/postgres.js'
import { openFolder } from '../test/support/folder.js'
import { median } from '../worker/rules/load-checks.js'

const most = 1.25

const { values } = parseArgs({ options: { zaken: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' } } })
const [zaken, rounds] = [Number(values.zaken), Number(values.rounds)]
const program = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const contract = (rules: string): string => `from: open-zaak/zaken\nactivity: sturing\n${rules}`
const files = (rules: string): { [path: string]: string } => ({
  'gemaal.yaml':
    'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
  'activities.yaml':
    'sturing:\n  purpose: Sturen op doorlooptijd.\n  basis: algemeen belang\n  law: Gemeentewet art. 160\n  until: 2099-12-31\n  personal: {}\n',
  'sources/open-zaak.yaml': 'connector: zgw\nbaseUrl: { env: OPEN_ZAAK_URL }\n',
  'datasets/zaken/zaken.yaml': contract(rules),
})
const arms = { on: '', off: 'rules: { packs: [] }\n' } as const
type Arm = keyof typeof arms

interface Measured {
  cpuMs: number
  tookMs: number
  rules: number
  findings: { rule: string; count: string }[]
  balance: object
}

const folder = await openFolder()
const source = spawn(process.execPath, [program('pages'), '--zaken', String(zaken)], { stdio: ['ignore', 'pipe', 'inherit'] })
const postgres = await startPostgres({ folder: folder.path, log: () => {}, settings: { fsync: 'off' } })
try {
  const [line] = (await once(createInterface(source.stdout), 'line')) as [string]
  const { url, clientId, secret } = JSON.parse(line) as { url: string; clientId: string; secret: string }
  const environment = { OPEN_ZAAK_URL: url, GEMAAL_OPEN_ZAAK_CLIENT_ID: clientId, GEMAAL_OPEN_ZAAK_SECRET: secret }
  // The source makes its pages in the first, which is not counted.
  await measure('off', environment)
  const measured: { [arm in Arm]: Measured[] } = { on: [], off: [] }
  for (let round = 0; round < rounds; round++) {
    // In turn the first of the two, because what runs second finds the machine as the first left it.
    for (const arm of round % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const)) {
      const one = await measure(arm, environment)
      measured[arm].push(one)
      say(`round ${round + 1}, rules ${arm}: ${seconds(one.cpuMs)} s of CPU, ${seconds(one.tookMs)} s`)
    }
  }
  const cpuOf = (arm: Arm) => median(measured[arm].map(({ cpuMs }) => cpuMs))
  const [on, off] = [cpuOf('on'), cpuOf('off')]
  const ratio = on / off
  const { rules, findings, balance } = measured.on[0]!
  say(`balance with rules on: ${JSON.stringify(balance)}; findings: ${JSON.stringify(findings)}`)
  say(
    `${zaken.toLocaleString('en')} zaken, ${rules} rules a record: median CPU ${seconds(on)} s with rules, ${seconds(off)} s without; ` +
      `${(((on - off) / zaken) * 1_000).toFixed(1)} µs a record; ratio ${ratio.toFixed(3)} (at most ${most})`,
  )
  if (ratio > most) process.exitCode = 1
} finally {
  source.kill()
  await postgres.stop()
  await folder.remove()
}

async function measure(arm: Arm, environment: { [name: string]: string }): Promise<Measured> {
  const name = `bench_${arm}`
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`drop database if exists ${name} with (force)`)
  await client.query(`create database ${name} template template0`)
  await client.query('checkpoint')
  await client.end()
  const database = new URL(postgres.url)
  database.pathname = `/${name}`
  const asked = JSON.stringify({ database: database.href, files: files(arms[arm]), environment, stream: 'open-zaak/zaken' })
  const { stdout } = await promisify(execFile)(process.execPath, [program('one-sync'), asked])
  return JSON.parse(stdout) as Measured
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2)
}
