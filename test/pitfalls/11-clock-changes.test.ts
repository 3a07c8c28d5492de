import { Client, Connection } from '@temporalio/client'
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { opensAt } from '../../connectors/budget.js'
import { findConnectors } from '../../connectors/load.js'
import { planProject } from '../../worker/planning/plan.js'
import { schedulesOf } from '../../worker/schedules.js'
import { balanceOf } from '../support/project.js'
import { openNamespace, type TestNamespace } from '../support/temporal.js'
import { type ListsProject, openLists, projectFiles } from './lists.js'

/** The nights on which the clock changes, each as the Sunday on which it does. */
const back = ['2026-10-25', '2027-10-31']
const forward = ['2027-03-28', '2028-03-26', '2032-03-28']

describe('schedules, as the Temporal server itself evaluates them', () => {
  let space: TestNamespace
  let connection: Connection
  let client: Client
  beforeAll(async () => {
    space = await openNamespace()
    connection = await Connection.connect({ address: space.address })
    client = new Client({ connection, namespace: space.namespace })
  })
  afterAll(() => connection.close())

  /** The moments at which a sync begins from noon of the day before a Sunday to noon of that Sunday, to the minute. */
  async function moments(sync: string, sunday: string): Promise<number[]> {
    const source = `${projectFiles['sources/lists.yaml']}syncs:\n  nacht: ${sync}\n`
    const { project } = loadSnapshot({ ...projectFiles, 'sources/lists.yaml': source })
    const plan = await planProject(project, await findConnectors({ project: project.files }))
    const handle = await client.schedule.create(schedulesOf(project, plan, 'rij').get('sync:lists/nacht')!)
    const noon = Date.parse(`${sunday}T11:30:00Z`)
    const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
      namespace: space.namespace,
      scheduleId: handle.scheduleId,
      startTime: msToTs(noon - 86_400_000),
      endTime: msToTs(noon),
    })
    await handle.delete()
    // Spread over at most a minute, so that not all begin at once.
    return (startTime ?? []).map((time) => Math.floor(tsToMs(time) / 60_000) * 60_000)
  }

  const dutch = new Intl.DateTimeFormat('nl-NL', { timeZone: 'Europe/Amsterdam', hour: '2-digit', minute: '2-digit', weekday: 'short' })

  /** The same in the time that the clock shows. */
  async function beginnings(sync: string, sunday: string): Promise<string[]> {
    return (await moments(sync, sunday)).map((moment) => dutch.format(moment))
  }

  const nights = [...back, ...forward]

  test.each(nights)('11. at 02:30, which comes twice or not at all on %s, begins once, at 03:30', async (sunday) => {
    expect(await beginnings('{ at: 02:30 }', sunday)).toEqual(['zo 03:30'])
    expect(await beginnings('{ at: 02:30, days: sunday, read: full }', sunday)).toEqual(['zo 03:30'])
    expect(await beginnings('{ at: [02:00, 02:59] }', sunday)).toEqual(['zo 03:00', 'zo 03:59'])
    // What begins then anyhow does not begin twice.
    expect(await beginnings('{ at: [02:30, 03:30] }', sunday)).toEqual(['zo 03:30'])
    expect(await beginnings('{ at: 02:30, days: [monday, saturday] }', sunday)).toEqual([])
  })

  test.each(nights)('11. each time of the day outside that hour begins once, at that time, on %s', async (sunday) => {
    const times = ['14:00', '23:59', '00:00', '00:30', '00:59', '01:00', '01:30', '01:59', '03:00', '03:01', '03:30', '04:00', '05:30']
    for (const time of times) expect(await beginnings(`{ at: ${time} }`, sunday)).toEqual([`${time > '12:00' ? 'za' : 'zo'} ${time}`])
    expect(await beginnings('{ at: [00:30, 01:30, 04:30] }', sunday)).toEqual(['zo 00:30', 'zo 01:30', 'zo 04:30'])
    expect(await beginnings('{ at: [01:30, 02:30, 03:15] }', sunday)).toEqual(['zo 01:30', 'zo 03:15', 'zo 03:30'])
  })

  test.each(nights)('11. each hour and each six hours begin no time twice on %s', async (sunday) => {
    const evening = Array.from({ length: 12 }, (_, n) => `za ${n + 12}:00`).filter((at) => at >= 'za 13:00')
    const morning = [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `zo ${String(n).padStart(2, '0')}:00`)
    const hourly = await beginnings('{ every: 1 hour }', sunday)
    expect(hourly).toEqual([...new Set(hourly)])
    expect(hourly).toEqual(expect.arrayContaining([...evening.slice(1), ...morning]))
    expect(await beginnings('{ every: 6 hours }', sunday)).toEqual(expect.arrayContaining(['za 18:00', 'zo 00:00', 'zo 06:00', 'zo 12:00']))
  })

  test('11. on other Sundays, also of March and October, it begins at 02:30 alone', async () => {
    for (const sunday of ['2026-11-29', '2027-03-21', '2027-04-04', '2028-03-19', '2026-10-18', '2027-10-24', '2027-11-07'])
      expect(await beginnings('{ at: 02:30 }', sunday)).toEqual(['zo 02:30'])
  })

  test.each(nights)('11. each quarter of an hour goes on within two hours on %s', async (sunday) => {
    const quarters = await moments('{ every: 15 minutes }', sunday)
    const gaps = quarters.slice(1).map((moment, at) => moment - quarters[at]!)
    expect(Math.min(...gaps)).toBe(15 * 60_000)
    expect(Math.max(...gaps)).toBeLessThan(2 * 3_600_000)
  })

  test('11. a person who plans at 02:30 is told what the clock does to it', () => {
    const { warnings } = loadSnapshot({
      ...projectFiles,
      'sources/lists.yaml': `${projectFiles['sources/lists.yaml']}syncs:\n  nacht: { at: 02:30 }\n`,
    })
    expect(warnings.map(({ message }) => message).join()).toContain('then it begins at 03:30')
  })
})

test.each([
  ['2026-10-24T22:30:00Z', '2026-10-25T06:00:00Z'],
  ['2027-03-27T23:30:00Z', '2027-03-28T05:00:00Z'],
])('11. hours in which a source may be read are those of the Dutch clock, also in a night of %s', (now, opens) => {
  expect(opensAt(new Date(now), { from: '07:00', to: '19:00' })?.toISOString()).toBe(new Date(opens).toISOString())
})

describe('days that come as moments in UTC', () => {
  let lists: ListsProject
  beforeAll(async () => {
    lists = await openLists({
      fields: `
        dag: { type: [string, "null"], format: date, kind: none, description: A day }
        moment: { type: [string, "null"], format: date-time, kind: none, description: A moment }`,
    })
  })
  afterAll(() => lists.close())

  test.each([
    ['2026-10-24T22:00:00Z', '2026-10-25'],
    ['2026-10-25T22:59:59.999Z', '2026-10-25'],
    ['2026-10-25T23:00:00Z', '2026-10-26'],
    ['2027-03-27T22:59:59Z', '2027-03-27'],
    ['2027-03-27T23:00:00Z', '2027-03-28'],
    ['2027-03-28T21:59:59.9999999Z', '2027-03-28'],
    ['2027-03-28T22:00:00Z', '2027-03-29'],
    ['2027-06-30T22:00:00.000+00:00', '2027-07-01'],
    ['2027-12-31T23:00:00Z', '2028-01-01'],
    ['2027-07-01T00:00:00+02:00', '2027-07-01'],
    ['2027-07-01', '2027-07-01'],
  ])('11. %s lands as the Dutch calendar day %s', async (dag, day) => {
    lists.server.entries.splice(0, Number.POSITIVE_INFINITY, { id: 1, dag, moment: null })
    await lists.readList('page')
    expect(await lists.rows('select dag::text from lists.page')).toEqual([{ dag: day }])
  })

  test('11. a local time that comes twice is the first of the two, and one that is not there is refused with a finding', async () => {
    lists.server.entries.splice(
      0,
      Number.POSITIVE_INFINITY,
      { id: 1, dag: null, moment: '2026-10-25T02:30:00' },
      { id: 2, dag: null, moment: '2027-03-28T02:30:00' },
      { id: 3, dag: null, moment: '2027-03-28T03:00:00' },
      { id: 4, dag: null, moment: '2027-03-28T01:59:59.999999' },
    )
    const outcome = await lists.readList('offset')
    expect(balanceOf(outcome, 'lists.offset')).toMatchObject({ read: 4, new: 3, quarantined: 1 })
    expect(
      await lists.rows(
        `select id::int, to_char(moment at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as utc from lists.offset order by id`,
      ),
    ).toEqual([
      { id: 1, utc: '2026-10-25 00:30:00.000000' },
      { id: 3, utc: '2027-03-28 01:00:00.000000' },
      { id: 4, utc: '2027-03-28 00:59:59.999999' },
    ])
    expect(
      await lists.rows(
        `select key, findings -> 0 ->> 'rule' as rule, findings -> 0 ->> 'detail' as detail from gemaal.quarantine where closed_at is null`,
      ),
    ).toEqual([{ key: ['2'], rule: 'shape.datetime', detail: 'expected datetime, found text of 19 characters' }])
  })
})
