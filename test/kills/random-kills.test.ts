import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../sources/zgw/random.js'
import { testSeed } from '../support/settings.js'
import type { WorkerProcess } from '../support/worker-process.js'
import { type Machine, openMachine } from './machine.js'

const kills = 30
/** Of one kill and the next; a sync without a kill takes some ten seconds. */
const longestPauseMs = 1_500
/** On a busy machine the first run can meet all kills, each of which takes a server or a worker that has to come up again. */
const longestRunMs = 400_000

let machine: Machine
let workers: WorkerProcess[]
beforeAll(async () => {
  machine = await openMachine({ zaken: 20_000 })
  workers = [await machine.worker(), await machine.worker()]
})
afterAll(() => machine?.close())

test(`${kills} kills at random moments of syncs of 20,000 zaken: each run ends by itself, and the datasets are those of the source (seed ${testSeed})`, {
  timeout: 2 * longestRunMs,
}, async () => {
  const random = new Random(testSeed)
  const victims = [killWorker, killTemporal, killPostgres]
  let left = kills
  for (let round = 1; left > 0; round++) {
    const run = await machine.start()
    let over = false
    const ended = machine.ended(run, longestRunMs).finally(() => {
      over = true
    })
    while (left > 0 && !over) {
      await sleep(random.integer(0, longestPauseMs))
      await random.pick(victims)(random)
      left--
    }
    expect((await ended).status).toBe('synced')
    if (left > 0) machine.waterdam.zgw.applyChanges(400, round)
  }
  await machine.expectRight()
})

async function killWorker(random: Random): Promise<void> {
  const at = random.integer(0, workers.length - 1)
  await workers[at]!.kill()
  workers[at] = await machine.worker()
}

async function killTemporal(random: Random): Promise<void> {
  await machine.temporal.kill()
  await sleep(random.integer(0, 500))
  await machine.temporal.start()
}

async function killPostgres(random: Random): Promise<void> {
  await machine.postgres.kill()
  await sleep(random.integer(0, 500))
  await machine.postgres.start()
}
