import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../../../cli/embedded/processes.js'
import { findTemporal, startTemporal, type TemporalDevServer } from '../../../cli/embedded/temporal.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { expectGone, startParent } from './parent-process.js'

let folder: TestFolder
let started: TemporalDevServer[]

beforeEach(async () => {
  folder = await openFolder()
  started = []
})

afterEach(async () => {
  for (const server of started) await server.stop()
  await folder.remove()
})

test('a workflow goes on after a kill and after a stop, at the same address', async () => {
  const server = await start()
  const { address } = server
  await withClient(server, (client) => client.workflow.start('waits', { workflowId: 'kept', taskQueue: 'none' }))
  await server.kill()
  expect(server.pid).toBeUndefined()
  await server.start()
  expect(await statusOf(server, 'kept')).toBe('RUNNING')
  await server.stop()
  await server.start()
  expect(await statusOf(server, 'kept')).toBe('RUNNING')
  expect(server.address).toBe(address)
})

test('workflows can be found by source, sync and outcome as soon as it has started', async () => {
  const server = await start()
  const source = defineSearchAttributeKey('GemaalSource', 'KEYWORD')
  await withClient(server, async (client) => {
    await client.workflow.start('waits', {
      workflowId: 'found',
      taskQueue: 'none',
      typedSearchAttributes: [{ key: source, value: 'open-zaak' }],
    })
    await expect.poll(async () => (await client.workflow.count(`GemaalSource = 'open-zaak'`)).count, { timeout: 30_000 }).toBe(1)
  })
})

test('the web UI answers on its own port, and there is none when headless', async () => {
  const withUi = await start({ headless: false })
  expect((await fetch(withUi.uiUrl!)).status).toBe(200)
  await withUi.stop()
  expect((await start()).uiUrl).toBeUndefined()
})

test('the namespace of TEMPORAL_NAMESPACE is made when it is not there', async () => {
  const environment = { ...process.env, TEMPORAL_NAMESPACE: 'waterdam', TEMPORAL_CONFIG_FILE: join(folder.path, 'none.toml') }
  const server = await findTemporal({ folder: folder.path, log: () => {}, environment, headless: true })
  started.push(server as TemporalDevServer)
  expect(server).toMatchObject({ kind: 'embedded', namespace: 'waterdam' })
  await withClient(server as TemporalDevServer, (client) => client.workflow.start('waits', { workflowId: 'there', taskQueue: 'none' }))
})

test('a start where another living process runs the server shares it; when that process is killed, no server stays', async () => {
  const parent = await startParent(folder.path, 'temporal')
  const server = await start()
  expect(server.shared).toBe(true)
  await withClient(server, (client) => client.workflow.start('waits', { workflowId: 'shared', taskQueue: 'none' }))
  await server.stop()
  expect(await isAlive(parent.temporal)).toBe(true)
  await expect(server.kill()).rejects.toThrow('run by another process')
  await parent.kill()
  await expectGone(parent.temporal)
})

test('a server whose process was killed, and that nothing stopped, is stopped by the next start', async () => {
  const parent = await startParent(folder.path, 'temporal')
  await parent.killWithWatchdogs()
  expect(await isAlive(parent.temporal)).toBe(true)
  const server = await start()
  await expectGone(parent.temporal)
  expect(server.shared).toBe(false)
})

test('a database that cannot be read is said to be so, with the way out', async () => {
  await mkdir(join(folder.path, 'temporal'))
  await writeFile(join(folder.path, 'temporal', 'temporal.db'), 'no database at all '.repeat(1000))
  await expect(start()).rejects.toThrow(/Temporal in .* did not start \(exit code 1\).*move .*temporal away.*gemaal apply/s)
})

test('TEMPORAL_ADDRESS names a server, and none is started', async () => {
  const environment = { TEMPORAL_ADDRESS: 'temporal.waterdam.example:7233', TEMPORAL_NAMESPACE: 'gegevens', TEMPORAL_API_KEY: 'geheim' }
  expect(await findTemporal({ folder: folder.path, log: () => {}, environment })).toMatchObject({
    kind: 'external',
    address: 'temporal.waterdam.example:7233',
    namespace: 'gegevens',
    connectionOptions: { address: 'temporal.waterdam.example:7233', apiKey: 'geheim', tls: true },
  })
})

test('a profile of temporal.toml names a server', async () => {
  const file = join(folder.path, 'temporal.toml')
  await writeFile(
    file,
    '[profile.default]\naddress = "a.example:7233"\n[profile.acceptatie]\naddress = "b.example:7233"\nnamespace = "acc"\n',
  )
  const find = (environment: NodeJS.ProcessEnv) =>
    findTemporal({ folder: folder.path, log: () => {}, environment: { TEMPORAL_CONFIG_FILE: file, ...environment } })
  expect(await find({})).toMatchObject({ kind: 'external', address: 'a.example:7233', namespace: 'default' })
  expect(await find({ TEMPORAL_PROFILE: 'acceptatie' })).toMatchObject({ kind: 'external', address: 'b.example:7233', namespace: 'acc' })
  await expect(find({ TEMPORAL_PROFILE: 'productie' })).rejects.toThrow('productie')
})

async function start(options: { headless?: boolean } = {}): Promise<TemporalDevServer> {
  const server = await startTemporal({ folder: folder.path, log: () => {}, environment: process.env, headless: true, ...options })
  started.push(server)
  return server
}

async function withClient(server: TemporalDevServer, work: (client: Client) => Promise<unknown>): Promise<void> {
  const connection = await Connection.connect(server.connectionOptions)
  try {
    await work(new Client({ connection, namespace: server.namespace }))
  } finally {
    await connection.close()
  }
}

async function statusOf(server: TemporalDevServer, workflowId: string): Promise<string> {
  let status = ''
  await withClient(server, async (client) => {
    status = (await client.workflow.getHandle(workflowId).describe()).status.name
  })
  return status
}
