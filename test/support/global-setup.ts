/**
 * The servers that all test files share: one Postgres and one Temporal dev server. Each is started when a test first asks for it, so that a
 * run of unit tests waits for neither, and stopped when the run ends.
 *
 * Test files run in processes of their own and ask for a server over HTTP on loopback; `servers.ts` does that.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { build, isStale } from '../../cli/embedded/build.mjs'
import { type EmbeddedPostgres, startPostgres } from '../../cli/embedded/postgres.js'
import type { TemporalDevServer } from '../../cli/embedded/temporal.js'
import { openFolder } from './folder.js'
import { copyZakenSample } from './sample.js'
import { testBinaries } from './settings.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for a server. */
    servers: string
    /** Folder with what of the sample project reads from ZGW. */
    sample: string
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  buildWhenStale()
  const folder = await openFolder()
  const sample = join(folder.path, 'sample')
  await copyZakenSample(sample)
  project.provide('sample', sample)
  const log = (line: string) => console.error(line)
  let postgres: Promise<EmbeddedPostgres> | undefined
  let temporal: Promise<TemporalDevServer> | undefined

  const addresses: { [path: string]: () => Promise<string> } = {
    '/postgres': async () => {
      // No test takes the power away from this server, so it need not wait for the disk.
      postgres ??= startPostgres({ folder: folder.path, log, binaries: testBinaries, settings: { fsync: 'off' } })
      return (await postgres).url
    },
    '/temporal': async () => {
      const { startTemporal } = await import('../../cli/embedded/temporal.js')
      temporal ??= startTemporal({ folder: folder.path, log, environment: process.env, headless: true })
      return (await temporal).address
    },
  }

  const server = createServer(async (request, response) => {
    try {
      response.end(await addresses[request.url ?? '']?.())
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  project.provide('servers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)

  return async () => {
    server.close()
    server.closeAllConnections()
    const started = await Promise.allSettled([postgres, temporal])
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value?.stop() : undefined)))
    await folder.remove()
  }
}

/** Tests start programs of ours from `dist/`. Type errors are for `tsc` to judge; here they must not keep other tests from running. */
function buildWhenStale(): void {
  if (!isStale()) return
  const { ok, output } = build()
  if (!ok) console.error(`The sources have type errors; tests that start programs run what could be built.\n${output}`)
}
