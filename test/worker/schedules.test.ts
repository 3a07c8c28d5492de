import { setTimeout as sleep } from 'node:timers/promises'
import { type CalendarSpec, Client, Connection } from '@temporalio/client'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginnings, type Sync, weekdays } from '../../config/syncs.js'
import { applySchedules, calendarsOf, planSchedules, scheduleId, schedulesOf } from '../../worker/schedules.js'
import { openNamespace, type TestNamespace } from '../support/temporal.js'
import { planned } from './projects.js'

const time = fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`)
const days = fc.subarray([...weekdays], { minLength: 1 })
const when: fc.Arbitrary<Sync['when']> = fc.oneof(
  fc.record({ by: fc.constant('at' as const), times: fc.array(time, { minLength: 1, maxLength: 4 }), days }),
  fc.record({
    by: fc.constant('every' as const),
    seconds: fc.integer({ min: 5, max: 1439 }).map((minutes) => minutes * 60),
    days,
    between: fc.option(fc.record({ from: time, to: time }), { nil: undefined }),
  }),
)

/** Minutes of the week, from Monday on, that calendars name. */
function minutesOf(calendars: readonly CalendarSpec[]): number[] {
  const minutes = calendars.flatMap(({ minute, hour, dayOfWeek }) =>
    (dayOfWeek === undefined
      ? weekdays.map((_, at) => at)
      : (dayOfWeek as string[]).map((day) => weekdays.findIndex((d) => d.toUpperCase() === day))
    ).flatMap((day) => (hour as number[]).map((h) => day * 1440 + h * 60 + (minute as number))),
  )
  return minutes.sort((a, b) => a - b)
}

test('the calendars of a sync name the moments at which it begins, each once', () => {
  fc.assert(
    fc.property(when, (at) => {
      const sync: Sync = { read: 'changes', streams: undefined, when: at }
      expect(minutesOf(calendarsOf(sync))).toEqual(beginnings(sync))
    }),
    { numRuns: 1000 },
  )
})

const contract = 'from: bron/mensen\nactivity: proef\n'
const source = (syncs: string) => `connector: proef\nbaseUrl: https://bron.example\nsyncs:\n${syncs}`
const office = '  kantoor: { every: 15 minutes, days: weekdays, between: 07:00-19:00 }\n'
const nightly = '  nacht: { at: [01:30, 22:00], days: [sunday], read: full }\n'

async function wanted(syncs: string, files: { [path: string]: string } = {}) {
  const { project, plan } = await planned({ contract, source: source(syncs), files })
  return schedulesOf(project, plan, 'rij')
}

test('each sync of a source from which a dataset takes has a schedule, on the clock of the Netherlands', async () => {
  const schedules = await wanted(office + nightly, { 'sources/ongebruikt.yaml': 'connector: proef\nbaseUrl: https://x.example\n' })
  expect([...schedules.keys()]).toEqual(['sync:bron/kantoor', 'sync:bron/nacht'])
  const night = schedules.get('sync:bron/nacht')!
  expect(night.spec).toMatchObject({ timezone: 'Europe/Amsterdam', jitter: '60s' })
  expect(night.action).toMatchObject({
    workflowType: 'sync',
    workflowId: 'sync:bron/nacht',
    taskQueue: 'rij',
    args: [{ source: 'bron', sync: 'nacht', trigger: 'schedule', askedBy: 'schedule' }],
  })
  // What was missed is caught up as long as the next one has not begun, and at most a week.
  expect(night.policies).toEqual({ overlap: 'SKIP', catchupWindow: `${(7 * 24 - 20.5) * 3600}s` })
  expect(schedules.get('sync:bron/kantoor')!.spec.jitter).toBe('60s')
  expect((await wanted('  vaak: { every: 5 minutes }\n')).get('sync:bron/vaak')!.spec.jitter).toBe('15s')
})

test('a schedule holds names and times, and nothing of how the source is reached', async () => {
  const text = JSON.stringify([...(await wanted(nightly)).values()])
  expect(text).not.toContain('bron.example')
})

let namespace: TestNamespace
let connection: Connection
let client: Client
beforeAll(async () => {
  namespace = await openNamespace()
  connection = await Connection.connect({ address: namespace.address })
  client = new Client({ connection, namespace: namespace.namespace })
})
afterAll(() => connection.close())

/** A schedule is made at once; lists of schedules follow a moment later. */
async function listed(ids: readonly string[]): Promise<void> {
  for (;;) {
    const seen: string[] = []
    for await (const { scheduleId } of client.schedule.list()) seen.push(scheduleId)
    if (JSON.stringify(seen.sort()) === JSON.stringify([...ids].sort())) return
    await sleep(50)
  }
}

test('Temporal is brought to the schedules of the project, and only what differs is touched', async () => {
  const first = await wanted(office + nightly)
  expect((await planSchedules(client, first)).map((c) => [c.what, c.schedule])).toEqual([
    ['make', 'sync:bron/kantoor'],
    ['make', 'sync:bron/nacht'],
  ])
  expect((await applySchedules(client, first)).map((c) => c.words)).toEqual([
    'schedule sync:bron/kantoor is made: 48 times a day, monday, tuesday, wednesday, thursday, friday, Europe/Amsterdam',
    'schedule sync:bron/nacht is made: 01:30, 22:00, sunday, Europe/Amsterdam',
  ])
  await listed([...first.keys()])
  expect(await planSchedules(client, first)).toEqual([])
  expect(await applySchedules(client, first)).toEqual([])

  // A person paused one; another one is somebody else's.
  const night = client.schedule.getHandle(scheduleId('bron', 'nacht'))
  await night.pause('de bron wordt verhuisd')
  await client.schedule.create({ ...first.get('sync:bron/nacht')!, scheduleId: 'sync:van/iemand', memo: {} })
  const second = await wanted(nightly.replace('22:00', '23:00'))
  await listed([...first.keys(), 'sync:van/iemand'])
  expect((await planSchedules(client, second)).map((c) => c.what)).toEqual(['change', 'remove'])
  await applySchedules(client, second)
  await listed(['sync:bron/nacht', 'sync:van/iemand'])
  const { state, info, spec } = await night.describe()
  expect(state).toMatchObject({ paused: true, note: 'de bron wordt verhuisd' })
  expect(spec.timezone).toBe('Europe/Amsterdam')
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Amsterdam', hour: '2-digit' })
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Amsterdam', weekday: 'long' })
  expect(new Set(info.nextActionTimes.map((at) => `${day.format(at)} ${hour.format(at)}`))).toEqual(new Set(['Sunday 01', 'Sunday 23']))
})
