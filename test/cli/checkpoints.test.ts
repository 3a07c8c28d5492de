import { afterAll, beforeAll, expect, test } from 'vitest'
import { reset, set, show } from '../../cli/checkpoints.js'
import type { CheckpointLine } from '../../sql/checkpoints.js'
import { until } from '../support/until.js'
import { openSmall, type Small } from './small.js'

let small: Small

beforeAll(async () => {
  small = await openSmall()
  await small.running.worker()
})
afterAll(() => small?.close())

type Line = CheckpointLine & { next: string }

const shown = (name?: string) => small.gemaal.read<Line[], object>(show, name === undefined ? [] : [name])
const zaken = async () => (await shown('zaken.zaken'))[0]!
const readingOf = async (run: { id: number }) =>
  (
    await small.waterdam.rows<{ reading: string; checkpoint_from: string | null }>(
      "select reading, checkpoint_from from gemaal.stream_runs where run_id = $1 and stream = 'zaken'",
      [run.id],
    )
  )[0]!
const changes = () => small.running.run({ sync: 'dataset zaken.zaken', streams: ['zaken'], reading: 'changes' })

test('a checkpoint is shown in the words of the source, and whether the next reading is full', async () => {
  expect((await shown()).map((l) => [l.dataset, l.checkpoint, l.next])).toEqual([
    ['catalogi.zaaktypen', null, 'full: the source offers no other'],
    ['zaken.rollen', null, 'full: it was never read'],
    ['zaken.zaken', null, 'full: it was never read'],
  ])
  await changes()
  expect(await zaken()).toMatchObject({ checkpoint: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), next: 'changes' })
  expect(await small.gemaal.run('checkpoints', 'show', 'zaken.zaak')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("did you mean 'zaken.zaken'?"),
  })
})

test('a reset makes the next reading full, once', async () => {
  expect((await readingOf(await changes())).reading).toBe('changes')
  expect((await small.gemaal.run('checkpoints', 'reset', 'zaken.zaken', '--reason', 'hersteld bestand')).code).toBe(0)
  expect((await zaken()).next).toContain('full')
  expect((await readingOf(await changes())).reading).toBe('full')
  expect((await readingOf(await changes())).reading).toBe('changes')
})

test('a checkpoint that is set is where the next reading goes on, says what that means, and is on record', async () => {
  const { checkpoint } = await zaken()
  const back = await small.gemaal.run('checkpoints', 'set', 'zaken.zaken', '2024-01-01', '--reason', 'terug', '--yes')
  expect(back.code).toBe(0)
  expect((await zaken()).checkpoint).toBe('2024-01-01')
  expect(await readingOf(await changes())).toEqual({ reading: 'changes', checkpoint_from: '2024-01-01' })
  expect((await zaken()).checkpoint).toBe(checkpoint)
  const asked = await small.gemaal.run('checkpoints', 'set', 'zaken.zaken', '2999-01-01', '--reason', 'vooruit')
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('is not seen before the next full reading') })
  const entries = await small.waterdam.rows(
    "select action, who, reason, detail->>'to' as \"to\" from gemaal.audit_trail where action like 'checkpoint %' order by id",
  )
  expect(entries).toEqual([
    { action: 'checkpoint reset', who: 'beheerder', reason: 'hersteld bestand', to: null },
    { action: 'checkpoint set', who: 'beheerder', reason: 'terug', to: '2024-01-01' },
  ])
})

test('a checkpoint cannot be moved under a run that reads, nor where there is none', async () => {
  // The first request is for the plan of the slices, before the stream is open.
  const held = small.waterdam.zgw.hold({ list: 'zaken', nth: 2 })
  const workflowId = await small.running.start({ sync: 'dataset zaken.zaken', streams: ['zaken'], reading: 'full' })
  await until(
    async () => (await small.waterdam.rows('select from gemaal.stream_runs where ended_at is null')).length > 0,
    'the stream is read',
  )
  expect(await small.gemaal.verb(reset, ['zaken.zaken'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^run \d+ reads open-zaak\/zaken now/),
  })
  held.release()
  await small.running.ended(workflowId)
  expect(await small.gemaal.verb(set, ['zaken.rollen', 'x'], { reason: 'y', yes: true })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('never read'),
  })
  expect(await small.gemaal.verb(set, ['catalogi.zaaktypen', 'x'], { reason: 'y', yes: true })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('always read in full'),
  })
})
