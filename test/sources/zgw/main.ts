/**
 * The server as a program, for the demo: `node dist/test/sources/zgw/main.js --port 8001 --zaken 5000 --state <folder> --changes 20`.
 *
 * Writes one line of JSON with its address to stdout when it listens, and stops on SIGTERM and SIGINT. With a state folder it shows the same
 * municipality each time, whatever `--zaken`, `--seed` and `--today` say then; changes made by requests to it are not kept.
 */
import { parseArgs } from 'node:util'
import { startKept } from './kept.js'

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

const { today, state } = values
const server = await startKept({
  port: integer('port'),
  zaken: integer('zaken'),
  seed: integer('seed'),
  today,
  state,
  changes: integer('changes'),
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.stop())
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)

function integer(name: 'port' | 'zaken' | 'seed' | 'changes'): number | undefined {
  const text = values[name]
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not '${text}'`)
  return Number(text)
}
