/**
 * One full reading of the zaken of a source into a fresh warehouse, without Temporal: a process of `bench/rules.ts`, so that each reading
 * begins as a worker does. Writes one line of JSON: CPU of this process and time of the reading alone, in milliseconds, and its balance.
 */
import { openProject } from '../test/support/project.js'

interface Asked {
  database: string
  files: { [path: string]: string }
  environment: { [name: string]: string }
}

const { database, files, environment } = JSON.parse(process.argv[2] ?? '') as Asked
const project = await openProject(files, environment, { url: database, close: async () => {} })
const began = { cpu: process.cpuUsage(), at: performance.now() }
const outcome = await project.read('open-zaak/zaken')
const { user, system } = process.cpuUsage(began.cpu)
const tookMs = performance.now() - began.at
const findings = await project.rows('select rule, count from gemaal.findings order by rule')
const rules = (await project.session('open-zaak/zaken')).plan.datasets[0]!.rules.length
await project.close()
const { balance } = outcome.datasets[0]!
process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1_000, tookMs, rules, findings, balance })}\n`)
