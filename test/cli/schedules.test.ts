import { afterAll, beforeAll, expect, test } from 'vitest'
import { list, pause, resume, trigger } from '../../cli/schedules.js'
import { openSmall, type Small } from './small.js'

let small: Small

beforeAll(async () => {
  small = await openSmall()
  await small.running.worker()
})
afterAll(() => small?.close())

interface Line {
  sync: string
  reads: string
  when: string
  state: string
  note: string | null
  next: string[]
}

const listed = (name?: string) => small.gemaal.read<Line[], object>(list, name === undefined ? [] : [name])
const dutch = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Amsterdam', weekday: 'long', hour: '2-digit', minute: '2-digit' })

test('each sync is listed with its next five times, which are those of the clock in the Netherlands', async () => {
  const lines = await listed()
  expect(lines.map((l) => [l.sync, l.reads, l.when, l.state])).toEqual([
    ['open-zaak/daily', 'changes', '05:30 every day', 'on'],
    ['open-zaak/weekly', 'full', '03:30 sunday', 'on'],
  ])
  for (const { next } of lines) expect(next.length).toBe(5)
  for (const at of lines[0]!.next) expect(dutch.format(new Date(at))).toMatch(/05:30$/)
  for (const at of lines[1]!.next) expect(dutch.format(new Date(at))).toMatch(/^Sunday 03:30$/)
  const text = await small.gemaal.run('schedules', 'list', 'open-zaak/weekly')
  expect(text.stdout.split('\n')[2]).toMatch(/^open-zaak\/weekly +full +03:30 sunday +on +\d{4}-\d\d-\d\d 03:30, /)
})

test('a pause has a reason and a name, begins no run, and is on record; a resume takes it away', async () => {
  expect(await small.gemaal.run('schedules', 'pause', 'open-zaak')).toMatchObject({ code: 2, stderr: expect.stringContaining('--note') })
  const paused = await small.gemaal.run('schedules', 'pause', 'open-zaak', '--note', 'leverancier werkt eraan')
  expect(paused).toMatchObject({ code: 0, stdout: expect.stringContaining('leverancier werkt eraan (beheerder)') })
  expect((await listed()).map((l) => [l.state, l.note])).toEqual([
    ['paused', 'leverancier werkt eraan (beheerder)'],
    ['paused', 'leverancier werkt eraan (beheerder)'],
  ])
  await small.gemaal.applySchedules()
  expect((await listed('open-zaak/daily'))[0]!.state).toBe('paused')
  expect((await small.gemaal.verb(resume, ['open-zaak/daily'])).code).toBe(0)
  expect((await listed()).map((l) => [l.state, l.note])).toEqual([
    ['on', null],
    ['paused', 'leverancier werkt eraan (beheerder)'],
  ])
  const entries = await small.waterdam.rows(
    "select action, object, reason from gemaal.audit_trail where action like 'schedule %' order by id",
  )
  expect(entries).toEqual([
    { action: 'schedule pause', object: 'open-zaak/daily', reason: 'leverancier werkt eraan' },
    { action: 'schedule pause', object: 'open-zaak/weekly', reason: 'leverancier werkt eraan' },
    { action: 'schedule resume', object: 'open-zaak/daily', reason: null },
  ])
})

test('a trigger goes through the same door as a run by hand, whether or not the schedule is paused', async () => {
  const ended = await small.gemaal.verb(trigger, ['open-zaak/weekly'], {})
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/run \d+ of open-zaak\/weekly: synced/) })
  const [run] = await small.waterdam.rows('select sync, trigger from gemaal.runs order by id desc limit 1')
  expect(run).toEqual({ sync: 'weekly', trigger: 'manual' })
  expect(await small.gemaal.verb(trigger, ['open-zaak'], {})).toMatchObject({ code: 2, stderr: expect.stringContaining('say which') })
})

test('a sync that is not there is answered with the nearest one, and one that Temporal lost with how to restore it', async () => {
  expect(await small.gemaal.verb(pause, ['open-zaak/dayly'], { note: 'x' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("did you mean 'open-zaak/daily'?"),
  })
  await small.running.client.schedule.getHandle('sync:open-zaak/daily').delete()
  expect((await listed('open-zaak/daily'))[0]).toMatchObject({ state: 'missing', next: [] })
  expect(await small.gemaal.verb(pause, ['open-zaak/daily'], { note: 'x' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('gemaal apply'),
  })
  await small.gemaal.applySchedules()
  expect((await listed('open-zaak/daily'))[0]).toMatchObject({ state: 'on' })
})
