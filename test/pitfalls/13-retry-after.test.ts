import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SourceUnavailable } from '../../connectors/errors.js'
import { findRun, type StreamLine, streamLines } from '../../sql/run-views.js'
import { openRunning, type Running, until } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'

let waterdam: Waterdam
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 60, behaviours: { largestPage: 20 } })
})
afterAll(() => waterdam.close())
beforeEach(async () => {
  waterdam.zgw.reset()
  await waterdam.rows('update gemaal.budgets set blocked_until = null')
  await forget(waterdam, 'open-zaak', 'zaken')
})

/** Milliseconds between the answer 429 and the next request of the list. */
function waits(): number[] {
  const list = waterdam.zgw.requests().filter(({ path }) => path.endsWith('/zaken'))
  return list.flatMap(({ status, at }, n) => (status === 429 && list[n + 1] ? [list[n + 1]!.at - at] : []))
}

test.each([
  ['1', 1000],
  ['2', 2000],
  ['1.5', 1500],
  [' 1 ', 1000],
  ['0', 1000],
  ['-5', 1000],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 1000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 1000],
  ['Sun Nov  6 08:49:37 1994', 1000],
])('13. `Retry-After: %s` is honoured, at least a second, and the reading goes on', async (retryAfter, atLeastMs) => {
  waterdam.zgw.fail({ list: 'zaken', after: 2, fault: { kind: 'tooMany', retryAfter } })
  await waterdam.read('zaken')
  expect(waits()).toHaveLength(1)
  // A timer of Node.js may ring a millisecond early.
  for (const ms of waits()) expect(ms).toBeGreaterThanOrEqual(atLeastMs - 5)
  await expectZakenEqual(waterdam)
})

test('13. an HTTP date is measured against the clock of the source', async () => {
  // By our own clock this moment is long past.
  waterdam.zgw.behave({ clockAheadSeconds: -100 })
  const retryAfter = new Date(Date.now() - 97_000).toUTCString()
  waterdam.zgw.fail({ list: 'zaken', after: 2, fault: { kind: 'tooMany', retryAfter } })
  await waterdam.read('zaken')
  for (const ms of waits()) expect(ms).toBeGreaterThanOrEqual(1000 - 5)
  await expectZakenEqual(waterdam)
})

test.each(['soon', '', '1e3', '2026-13-45'])(
  '13. nonsense (`%s`) says nothing: it is tried a few times, ever slower, and then later',
  async (retryAfter) => {
    waterdam.zgw.fail({ list: 'zaken', times: 100, fault: { kind: 'tooMany', retryAfter } })
    const error = await waterdam.read('zaken').catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(error.retryAt).toBeUndefined()
    expect(error.message).toContain('429')
    expect(waterdam.zgw.requests().filter(({ status }) => status === 429)).toHaveLength(4)
  },
)

test.each(['86400', '999999999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT', '3600'])(
  '13. a long wait (`%s`) is not slept inside the request: it is told at once, and is at most a day',
  async (retryAfter) => {
    waterdam.zgw.fail({ list: 'zaken', times: 100, fault: { kind: 'tooMany', retryAfter } })
    const error = await waterdam.read('zaken').catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    const waitMs = error.retryAt.getTime() - Date.now()
    expect(waitMs).toBeGreaterThan(3_500_000)
    expect(waitMs).toBeLessThanOrEqual(86_400_000)
    expect(waterdam.zgw.requests().filter(({ status }) => status === 429)).toHaveLength(1)
  },
)

describe('through Temporal', () => {
  let running: Running
  beforeAll(async () => {
    running = await openRunning(waterdam)
    await running.worker()
  })
  afterAll(() => running.close())

  /** The first stream of the run of a workflow that waits. */
  async function waiting(workflowId: string): Promise<StreamLine> {
    let line: StreamLine | undefined
    await until(async () => {
      const run = await findRun(waterdam.warehouse.db, { workflowId })
      line = run && (await streamLines(waterdam.warehouse.db, run.id)).find(({ status }) => status === 'waiting')
      return line !== undefined
    }, 'a stream waits')
    return line!
  }

  test('13. a wait of an hour is shown with its moment, no other run of the source calls it meanwhile, and a cancel ends it', async () => {
    waterdam.zgw.fail({ list: 'zaken', after: 2, times: 1, fault: { kind: 'tooMany', retryAfter: '3600' } })
    const first = await running.start({ streams: ['zaken'], reading: 'full' })
    const { error_message, retry_at } = await waiting(first)
    expect(error_message).toMatch(/stream 'zaken'.*429.*takes no more requests for now/)
    expect(retry_at!.getTime() - Date.now()).toBeGreaterThan(3_500_000)

    waterdam.zgw.clearRequests()
    const second = await running.start({ streams: ['zaaktypen'], reading: 'full' })
    expect((await waiting(second)).error_message).toMatch(
      /source 'open-zaak', budget 'open-zaak': the source asked to be left alone \(429\); it goes on by itself at/,
    )
    expect(waterdam.zgw.requests()).toEqual([])

    for (const id of [first, second]) await running.client.workflow.getHandle(id).cancel()
    for (const id of [first, second]) expect((await running.ended(id)).status).toBe('cancelled')
    await waterdam.rows('update gemaal.budgets set blocked_until = null')
    expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced' })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('13. a wait as long as the source file lets a stream wait ends the run as incomplete at once, and says why', async () => {
    waterdam.zgw.fail({ list: 'zaken', after: 2, times: 1, fault: { kind: 'tooMany', retryAfter: '999999999' } })
    const run = await running.run({ streams: ['zaken'], reading: 'full' })
    expect(run).toMatchObject({ status: 'incomplete', errorCode: 'SourceUnavailable' })
    expect(run.message).toMatch(/open-zaak\/zaken: source 'open-zaak', stream 'zaken', GET .*: 429/)
    expect(await waterdam.rows('select from zaken.zaken')).toEqual([])
  })

  test('13. a source that says 429 now and then, with and without sense, is read whole in the end', async () => {
    for (const [after, retryAfter] of ['1', 'soon', undefined, '0', 'Wed, 21 Oct 2015 07:28:00 GMT'].entries())
      waterdam.zgw.fail({
        list: 'zaken',
        after: after + 1,
        fault: { kind: 'tooMany', ...(retryAfter === undefined ? {} : { retryAfter }) },
      })
    expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced', message: null })
    await expectZakenEqual(waterdam)
  })
})
