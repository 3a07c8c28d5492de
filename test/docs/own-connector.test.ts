import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { type Gemaal, gemaalFor } from '../cli/gemaal.js'
import { filesIn } from '../config/files.js'
import { openProject, type TestProject } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { type ExampleServer, serveWerkorders, type Werkorder, werkordersCredentials } from './example-servers.js'

const folder = join(root, 'docs', 'examples', 'waterdam')
const files = filesIn(folder)

let server: ExampleServer<Werkorder[]>
let project: TestProject
let running: Running
let gemaal: Gemaal

beforeAll(async () => {
  server = await serveWerkorders()
  project = await openProject(files, {
    WERKORDERS_URL: `${server.url}/api/v2`,
    GEMAAL_WERKORDERS_CLIENT_ID: werkordersCredentials.clientId,
    GEMAAL_WERKORDERS_CLIENT_SECRET: werkordersCredentials.clientSecret,
  })
  running = await openRunning(project)
  gemaal = gemaalFor(project, running, { GEMAAL_PROJECT: folder })
  await running.worker()
})
afterAll(async () => {
  await running?.close()
  await project?.close()
  await server?.close()
})

test('a connector of the docs for an API with OAuth2 and a cursor is under 30 lines', () => {
  expect(files['connectors/werkorders/connector.yaml']!.trim().split('\n').length).toBeLessThan(30)
})

test('try reads all of it with it, and shows no text that a person wrote', async () => {
  const { code, stdout, stderr } = await gemaal.run('try', 'werkorders/werkorders', '--limit', '1000')
  expect(code).toBe(0)
  expect(stderr).toContain('Read 57 records in 3 pages')
  expect(stderr).toContain('beheer.werkorders: 57 would land, 0 would go to quarantine, 0 would be outside.')
  expect(stdout).toMatch(/record 1 lands\n {2}id +WO-0001\n/)
  expect(stdout + stderr).not.toContain('de Vries')
})

test('run lands it, and a second run what changed', async () => {
  expect(await gemaal.run('run', 'werkorders')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('run 1 of werkorders/daily: synced'),
  })
  server.rows[0]!.hours = 8
  server.rows[0]!.updatedAt = '2026-06-20T12:00:00Z'
  expect((await gemaal.run('run', 'werkorders')).code).toBe(0)
  expect(await project.rows('select count(*)::int as rows, max(hours)::text as hours from beheer.werkorders')).toEqual([
    { rows: 57, hours: '8' },
  ])
  expect(server.seen.filter(({ url }) => url.includes('updatedSince='))).toHaveLength(1)
})
