/**
 * One full reading of a stream into a fresh warehouse, without Temporal: a process of its own, so that each reading begins as a worker does.
 * Writes one line of JSON: CPU of this process and time of the reading alone, in milliseconds, the most memory that the process ever had, and
 * its balance.
 */
import { readFile } from 'node:fs/promises'
import { openProject } from '../test/support/project.js'

interface Asked {
  database: string
  files: { [path: string]: string }
  environment: { [name: string]: string }
  /** `<source>/<stream>` */
  stream: string
}

const { database, files, environment, stream } = JSON.parse(process.argv[2] ?? '') as Asked
const project = await openProject(files, environment, { url: database, close: async () => {} })
const began = { cpu: process.cpuUsage(), at: performance.now() }
const outcome = await project.read(stream)
const { user, system } = process.cpuUsage(began.cpu)
const tookMs = performance.now() - began.at
const findings = await project.rows('select rule, count from gemaal.findings order by rule')
const rules = (await project.session(stream)).plan.datasets[0]!.rules.length
await project.close()
const { balance } = outcome.datasets[0]!
// Only Linux tells it.
const [, peakKb] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8').catch(() => '')) ?? []
process.stdout.write(
  `${JSON.stringify({ cpuMs: (user + system) / 1_000, tookMs, peakMb: peakKb === undefined ? null : Math.round(Number(peakKb) / 1024), rules, findings, balance })}\n`,
)
