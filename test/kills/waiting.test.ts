import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkerProcess } from '../support/worker-process.js'
import { type Machine, openMachine } from './machine.js'

let machine: Machine
let worker: WorkerProcess
beforeAll(async () => {
  machine = await openMachine({ zaken: 600 })
  worker = await machine.worker()
})
afterAll(() => machine?.close())

/** A run whose source said 429 with this `Retry-After`. Returns the moment before which it may not be called. */
async function toldToWait(seconds: number): Promise<{ run: string; until: number }> {
  const { zgw } = machine.waterdam
  zgw.clearRequests()
  zgw.fail({ list: 'zaken', on: 'pageSize=500', fault: { kind: 'tooMany', retryAfter: String(seconds) } })
  const run = await machine.start()
  await machine.untilRows(`select from gemaal.budgets where blocked_until > clock_timestamp()`, 'the budget of the source is blocked')
  const refused = zgw.requests().find(({ status }) => status === 429)
  return { run, until: refused!.at + seconds * 1000 }
}

function expectNoCallBefore(until: number): void {
  const calls = machine.waterdam.zgw.requests()
  const refused = calls.find(({ status }) => status === 429)!
  // A worker looks at the block once a second, and other requests can be on their way.
  expect(calls.filter(({ at }) => at > refused.at + 1_500 && at < until)).toEqual([])
}

test('kills of worker, Temporal and Postgres during a long wait neither shorten nor end it', async () => {
  const { run, until } = await toldToWait(35) // more than 30 s: the wait is that of Temporal, and frees the place of the step
  const waiting = `select retry_at from gemaal.stream_runs where stream = 'zaken' and status = 'waiting' and error_code = 'SourceUnavailable' and retry_at > clock_timestamp()`
  await machine.untilRows(waiting, 'the stream says that it waits')
  await machine.postgres.kill()
  await machine.temporal.kill()
  await worker.kill()
  await Promise.all([machine.postgres.start(), machine.temporal.start()])
  worker = await machine.worker()
  await machine.untilRows(waiting, 'the stream still says that it waits')
  expect((await machine.ended(run)).status).toBe('synced')
  expectNoCallBefore(until)
  await machine.expectRight()
})

test('a worker killed in a short wait, which goes on in its place: the next one does not call too early', async () => {
  const { run, until } = await toldToWait(14)
  await worker.kill()
  worker = await machine.worker()
  expect((await machine.ended(run)).status).toBe('synced')
  expectNoCallBefore(until)
  await machine.expectRight()
})
