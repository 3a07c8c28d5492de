import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancel } from '../../cli/runs-cancel.js'
import { type ListOptions, list } from '../../cli/runs-list.js'
import { retry } from '../../cli/runs-retry.js'
import { show } from '../../cli/runs-show.js'
import type { RunDetail, RunLine, StreamDetail } from '../../sql/run-details.js'
import type { DatasetLine } from '../../sql/run-views.js'
import { until } from '../support/until.js'
import { openSmall, type Small } from './small.js'

let small: Small

beforeAll(async () => {
  small = await openSmall()
})
afterAll(() => small?.close())

interface Listed {
  runs: RunLine[]
  next: number | null
}
type Shown = RunDetail & { streams: StreamDetail[]; datasets: DatasetLine[]; next: string[] }

const listed = (options: ListOptions = {}) => small.gemaal.read<Listed, ListOptions>(list, [], options)
const shown = (id: number) => small.gemaal.read<Shown, object>(show, [String(id)])
const onRecord = async (workflowId: string) => {
  let run: { id: number } | undefined
  await until(async () => {
    ;[run] = await small.waterdam.rows<{ id: number }>('select id from gemaal.runs where workflow_id = $1', [workflowId])
    return run !== undefined
  }, 'the run is on record')
  return run!.id
}

test('a run that no worker has taken is cancelled by the id of its workflow, and reads nothing when one does', async () => {
  const { stdout, code } = await small.gemaal.run('run', 'open-zaak', '--no-wait')
  expect(code).toBe(0)
  const workflowId = stdout.trim()
  expect(await small.gemaal.verb(cancel, [workflowId])).toMatchObject({ code: 0, stderr: expect.stringContaining('no worker yet') })
  await small.running.worker()
  const handle = small.running.client.workflow.getHandle(workflowId)
  await until(async () => (await handle.describe()).status.name === 'CANCELLED', 'it ends')
  expect((await listed()).runs).toEqual([])
  expect(await small.gemaal.verb(cancel, [workflowId])).toMatchObject({ code: 2, stderr: expect.stringContaining('that goes on') })
  await small.running.run({ sync: 'daily' })
})

test('the list shows runs, newest first, by page and by condition; a slip of the pen is answered with the word that was meant', async () => {
  for (let i = 0; i < 2; i++) await small.running.run({ sync: 'dataset catalogi.zaaktypen', streams: ['zaaktypen'] })
  const { runs, next } = await listed({ limit: '2' })
  expect(runs.map((r) => r.sync)).toEqual(['open-zaak/dataset catalogi.zaaktypen', 'open-zaak/dataset catalogi.zaaktypen'])
  expect(runs[0]!.id).toBeGreaterThan(runs[1]!.id)
  const older = await listed({ limit: '2', before: String(next) })
  expect(older.runs.map((r) => r.sync)).toEqual(['open-zaak/daily'])
  expect(older.next).toBeNull()
  expect((await listed({ sync: 'open-zaak/daily' })).runs.length).toBe(1)
  expect((await listed({ dataset: 'zaken.rollen' })).runs.length).toBe(1)
  expect((await listed({ status: 'failed' })).runs).toEqual([])
  expect(await small.gemaal.run('runs', 'list', '--status', 'faild')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'failed'"),
  })
  expect(await small.gemaal.run('runs', 'list', '--limit', 'all')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--limit 'all'"),
  })
})

test('a run is shown with its streams, why they were read so, and a balance a dataset', async () => {
  const [first] = (await listed({ sync: 'open-zaak/daily' })).runs
  const run = await shown(first!.id)
  expect(run.streams.map((s) => [s.stream, s.status, s.reading]).sort()).toEqual([
    ['rollen', 'published', 'full'],
    ['zaaktypen', 'published', 'full'],
    ['zaken', 'published', 'full'],
  ])
  expect(run.streams.every((s) => s.why !== '' && s.pages > 0 && s.read === s.total)).toBe(true)
  expect(run.datasets.every((d) => d.balanced)).toBe(true)
  const text = await small.gemaal.run('runs', 'show', String(first!.id))
  expect(text.code).toBe(0)
  expect(text.stdout).toContain(`run ${first!.id} of open-zaak/daily: synced`)
  expect(text.stderr).toContain(`workflow ${run.workflowId}`)
  expect(await small.gemaal.verb(show, ['99'])).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no run '99'") })
  expect(await small.gemaal.verb(show, ['last'])).toMatchObject({ code: 2, stderr: expect.stringContaining('no whole number') })
})

test('a cancel stops a run that reads within ten seconds, keeps what was published, and is on record with who asked', async () => {
  const held = small.waterdam.zgw.hold({ list: 'rollen' })
  const workflowId = await small.running.start({ sync: 'daily', reading: 'full' })
  const id = await onRecord(workflowId)
  await until(async () => (await shown(id)).streams.some((s) => s.stream === 'rollen'), 'the last stream is read')
  const { code, stdout } = await small.gemaal.run('--json', 'runs', 'cancel', String(id))
  expect([code, JSON.parse(stdout)]).toEqual([0, { run: id, status: 'cancelled' }])
  held.release()
  const run = await shown(id)
  expect(run.streams.map((s) => s.status)).toEqual(['published', 'published', 'cancelled'])
  expect(run.next.join()).toContain(`gemaal runs retry ${id}`)
  const [entry] = await small.waterdam.rows(
    "select who, detail from gemaal.audit_trail where action = 'run cancel' order by id desc limit 1",
  )
  expect(entry).toEqual({ who: 'beheerder', detail: { run: id } })
})

test('a retry reads only what the run did not bring to its end, in the same way', async () => {
  const [cancelled] = (await listed({ status: 'cancelled' })).runs
  const ended = await small.gemaal.verb(retry, [String(cancelled!.id)], {})
  expect(ended.code).toBe(0)
  expect(ended.stderr).toContain('Reading again: rollen.')
  const [newest] = (await listed()).runs
  const run = await shown(newest!.id)
  expect(run.streams.map((s) => [s.stream, s.status, s.reading])).toEqual([['rollen', 'published', 'full']])
  expect((await small.gemaal.verb(retry, [String(newest!.id)], {})).stderr).toContain('there is nothing to read again')
})

test('a run whose workflow Temporal lost is closed by a cancel', async () => {
  const held = small.waterdam.zgw.hold({ list: 'zaaktypen' })
  const workflowId = await small.running.start({ sync: 'dataset catalogi.zaaktypen', streams: ['zaaktypen'] })
  const id = await onRecord(workflowId)
  await small.running.client.workflow.getHandle(workflowId).terminate('a test')
  expect(await small.gemaal.verb(cancel, [String(id)])).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(new RegExp(`run ${id} of .* is (failed|cancelled)`)),
  })
  expect((await shown(id)).ended).not.toBeNull()
  held.release()
})
