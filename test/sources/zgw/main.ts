/**
 * The server as a program, for the demo: `node dist/test/sources/zgw/main.js --port 8001 --zaken 5000 --state <folder> --changes 20`.
 *
 * Writes one line of JSON with its address to stdout when it listens, and stops on SIGTERM and SIGINT. With a state folder it shows the same
 * municipality each time, whatever `--zaken`, `--seed` and `--today` say then; changes made by requests to it are not kept.
 */
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { defaults } from './seed.js'
import { startZgw } from './server.js'
import { readState, type State, writeState } from './state.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    zaken: { type: 'string' },
    seed: { type: 'string' },
    today: { type: 'string' },
    state: { type: 'string' },
    changes: { type: 'string' },
  },
})

const asked: State = {
  seed: integer('seed') ?? defaults.seed,
  zaken: integer('zaken') ?? defaults.zaken,
  today: values.today ?? defaults.today,
  rounds: [],
}
const kept = values.state === undefined ? undefined : await readState(values.state)
const { rounds, ...municipality } = kept ?? asked
const changes = integer('changes') ?? 0
if (changes > 0) rounds.push(changes)

const server = await startZgw({ ...municipality, port: integer('port') ?? 0 })
rounds.forEach((count, at) => {
  server.applyChanges(count, at + 1)
})
if (values.state !== undefined) {
  await mkdir(values.state, { recursive: true })
  await writeState(values.state, { ...municipality, rounds })
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.stop())
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)

function integer(name: 'port' | 'zaken' | 'seed' | 'changes'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not '${text}'`)
  return Number(text)
}
