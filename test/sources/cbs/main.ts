/**
 * The server as a program, for the demo: `node dist/test/sources/cbs/main.js --port 8002`.
 *
 * Writes one line of JSON with its address to stdout when it listens, and stops on SIGTERM and SIGINT.
 */
import { parseArgs } from 'node:util'
import { startCbs } from './server.js'

const { port = '0' } = parseArgs({ options: { port: { type: 'string' } } }).values
if (!/^\d+$/.test(port)) throw new Error(`--port takes a whole number, not '${port}'`)
const server = await startCbs({ port: Number(port) })
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void server.stop())
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
