/** Runs of every way that a workflow can take, played on real servers: to record their histories. */

import { decideHold } from '../../sql/hold-decisions.js'
import { listHolds } from '../../sql/holds.js'
import { noteNotified } from '../../sql/notified.js'
import type { ByKeyInput, ReleaseInput, SyncInput, SyncResult } from '../../workflows/messages.js'
import { type DistrictsServer, districtsProject, startDistricts } from '../sources/districts/server.js'
import { startZgw, type ZgwServer } from '../sources/zgw/server.js'
import type { TestProject } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { until } from '../support/until.js'
import { openSample } from '../support/waterdam.js'
import type { History } from './histories.js'

/** The municipality of the recordings: who looks for its people in them makes it again. */
export const municipality = { zaken: 300, broken: 0.1 } as const

interface Stage {
  zgw: ZgwServer
  town: DistrictsServer
  project: TestProject
  running: Running
}

/** Plays a scene and names the workflows whose histories show it: name of the history → workflow id. */
type Scene = (stage: Stage) => Promise<{ [history: string]: string }>

const streamOf = (source: string, stream: string): string => `stream:${source}/${stream}`

const town = (streams: string[], more: Partial<SyncInput> = {}): Partial<SyncInput> => ({
  source: 'town',
  streams,
  reading: 'full',
  ...more,
})

export const scenes: { readonly [name: string]: Scene } = {
  'streams of two levels, six slices, all published': async ({ running }) => {
    const run = await running.start(town(['wijken', 'adressen', 'meldingen']))
    await closed(running, run)
    return { 'sync-synced': run, 'stream-published': streamOf('town', 'wijken'), 'stream-of-slices': streamOf('town', 'adressen') }
  },

  'one stream fails, the others go on': async ({ town: source, running }) => {
    source.refuse('meldingen', 403)
    const run = await running.start(town(['wijken', 'meldingen']))
    await closed(running, run)
    return { 'sync-failed': run, 'stream-failed': streamOf('town', 'meldingen') }
  },

  'one slice fails and ends those beside it': async ({ town: source, running }) => {
    const kept = ['noord', 'oost', 'west'].map((name) => source.hold(`adressen/${name}`))
    const failing = source.hold('adressen/zuid')
    source.refuse('adressen/zuid', 403)
    const run = await running.start(town(['adressen']))
    await Promise.all([...kept, failing])
    source.release('adressen/zuid')
    await closed(running, run)
    return { 'stream-slice-failed': streamOf('town', 'adressen') }
  },

  'a slice waits for its source and goes on': async ({ town: source, project, running }) => {
    source.refuse('wijken', 503)
    const run = await running.start(town(['wijken']))
    await untilStream(project, run, 'waiting')
    source.calm()
    await closed(running, run)
    return { 'stream-waited': streamOf('town', 'wijken') }
  },

  'the source asks for more patience than there is': async ({ town: source, running, project }) => {
    source.refuse('wijken', 429, '7200')
    const run = await running.start(town(['wijken']))
    await closed(running, run)
    await project.rows('update gemaal.budgets set blocked_until = null')
    return { 'sync-incomplete': run, 'stream-incomplete': streamOf('town', 'wijken') }
  },

  'a cancel while slices are read': async ({ town: source, running }) => {
    const kept = source.hold('adressen/noord')
    const run = await running.start(town(['adressen', 'meldingen']))
    await kept
    await running.client.workflow.getHandle(run).cancel()
    await closed(running, run)
    return { 'sync-cancelled': run, 'stream-cancelled': streamOf('town', 'adressen') }
  },

  'a second run waits for the stream and reads it': async ({ town: source, project, running }) => {
    const kept = source.hold('wijken')
    const first = await running.start(town(['wijken']))
    await kept
    const second = await running.start(town(['wijken']))
    await untilRun(project, second, 'queued')
    source.release()
    await closed(running, first)
    const told = await running.client.workflow.getHandle(streamOf('town', 'wijken')).describe()
    await closed(running, second)
    return { 'sync-queued': second, 'stream-that-told': `${streamOf('town', 'wijken')}#${told.runId}` }
  },

  'a run is cancelled while it waits for a stream': async ({ town: source, project, running }) => {
    const kept = source.hold('wijken')
    const first = await running.start(town(['wijken']))
    await kept
    const second = await running.start(town(['wijken']))
    await untilRun(project, second, 'queued')
    await running.client.workflow.getHandle(second).cancel()
    await closed(running, second)
    source.release()
    await closed(running, first)
    return { 'sync-cancelled-in-queue': second }
  },

  'a stream whose workflow is terminated': async ({ town: source, running }) => {
    const kept = source.hold('wijken')
    const run = await running.start(town(['wijken', 'meldingen']))
    await kept
    await running.client.workflow.getHandle(streamOf('town', 'wijken')).terminate('by a test')
    await closed(running, run)
    return { 'sync-stream-terminated': run }
  },

  'the source forgot our checkpoint': async ({ town: source, running }) => {
    await closed(running, await running.start(town(['meldingen'])))
    source.forgetsBefore = '2026-12-01'
    await closed(running, await running.start(town(['meldingen'], { reading: 'changes' })))
    return { 'stream-checkpoint-expired': streamOf('town', 'meldingen') }
  },

  'a run that may not begin': async ({ running }) => {
    const run = await running.start(town([], { source: 'village' }))
    await closed(running, run)
    return { 'sync-refused': run }
  },

  'a reading that waits for a person, and is published as it was held': async ({ project, running }) => {
    const run = await running.start({ streams: ['zaken'], reading: 'full' })
    await closed(running, run)
    const released = await release(project, running, 'all')
    return { 'sync-held': run, 'stream-held': streamOf('open-zaak', 'zaken'), 'publish-held': released }
  },

  'deletes that wait for a person, and are carried out by key': async ({ zgw, project, running }) => {
    for (const { uuid } of zgw.snapshot().zaken.slice(0, 80)) zgw.deleteZaak(String(uuid))
    await closed(running, await running.start({ streams: ['zaken'], reading: 'full' }))
    return { 'publish-deletes': await release(project, running, 'deletes') }
  },

  'quarantine is replayed, and nothing is left to replay': async ({ project, running }) => {
    const entries = await project.rows<{ id: number }>(
      `select id from gemaal.quarantine where dataset = 'zaken.zaken' and closed_at is null and key is not null order by id limit 5`,
    )
    const replay = async (quarantine: number[]) => {
      const input: ByKeyInput = { source: 'open-zaak', stream: 'zaken', from: { quarantine }, trigger: 'replay', askedBy: 'test' }
      return startAndFinish(running, 'byKey', `by-key:${quarantine.length}`, input)
    }
    return { 'by-key-published': await replay(entries.map(({ id }) => id)), 'by-key-nothing': await replay([]) }
  },

  'rows refer to what no listing showed, and it is asked for': async ({ zgw, running }) => {
    zgw.onRequest({ list: 'statussen' }, () => void zgw.addZaken(1))
    const run = await running.start({ streams: ['zaken', 'statussen'], reading: 'full' })
    await closed(running, run)
    return { 'sync-references': run, 'by-key-references': `references:${await numberOf(running, run)}/zaken` }
  },

  'the source says that records changed, and says more while they are read': async ({ zgw, project, running }) => {
    const { zaken, statussen } = zgw.snapshot()
    const told = async (stream: string, { url }: { url?: unknown }) => {
      await noteNotified(project.warehouse.db, 'open-zaak', [{ stream, key: { uuid: String(url).split('/').at(-1)! } }])
      const options = { workflowId, taskQueue: running.taskQueue, args: [{ source: 'open-zaak' }], signal: 'toldAgain' }
      await running.client.workflow.signalWithStart('notified', options)
    }
    const workflowId = 'notified:open-zaak'
    const held = zgw.hold({ on: '/zaken' })
    await told('zaken', zaken.at(-1)!)
    await told('statussen', statussen.at(-1)!)
    await held.arrived
    await told('zaken', zaken.at(-2)!)
    held.release()
    await closed(running, workflowId)
    return { notified: workflowId, 'by-key-notified': 'by-key:open-zaak/statussen:notificaties' }
  },

  'a run is cancelled while what rows refer to may be on its way': async ({ zgw, project, running }) => {
    await project.apply({ 'sources/open-zaak.yaml': 'connector: zgw\nbaseUrl: { env: OPEN_ZAAK_URL }\nsettle: 1 hour\n' })
    zgw.onRequest({ list: 'statussen' }, () => void zgw.addZaken(1))
    const run = await running.start({ streams: ['zaken', 'statussen'], reading: 'full' })
    await until(async () => {
      const { events } = await running.client.workflow.getHandle(run).fetchHistory()
      return events!.some((event) => event.timerStartedEventAttributes)
    }, 'the run waits')
    await running.client.workflow.getHandle(run).cancel()
    await closed(running, run)
    return { 'sync-cancelled-in-references': run }
  },

  'a re-read by key that is cancelled': async ({ zgw, project, running }) => {
    const [entry] = await project.rows<{ id: number }>(
      `select id from gemaal.quarantine where dataset = 'zaken.zaken' and closed_at is null and key is not null order by id limit 1`,
    )
    const kept = zgw.hold({ on: '/zaken' })
    const input: ByKeyInput = {
      source: 'open-zaak',
      stream: 'zaken',
      from: { quarantine: [entry!.id] },
      trigger: 'replay',
      askedBy: 'test',
    }
    const workflowId = 'by-key:cancelled'
    await running.client.workflow.start('byKey', { workflowId, taskQueue: running.taskQueue, args: [input] })
    await kept.arrived
    await running.client.workflow.getHandle(workflowId).cancel()
    await closed(running, workflowId)
    return { 'by-key-cancelled': workflowId }
  },
}

/** The histories that the scenes give. */
export const recordings: readonly string[] = [
  'sync-synced',
  'stream-published',
  'stream-of-slices',
  'sync-failed',
  'stream-failed',
  'stream-slice-failed',
  'stream-waited',
  'sync-incomplete',
  'stream-incomplete',
  'sync-cancelled',
  'stream-cancelled',
  'sync-queued',
  'stream-that-told',
  'sync-cancelled-in-queue',
  'sync-stream-terminated',
  'stream-checkpoint-expired',
  'sync-refused',
  'sync-held',
  'stream-held',
  'publish-held',
  'publish-deletes',
  'by-key-published',
  'by-key-nothing',
  'by-key-cancelled',
  'sync-references',
  'by-key-references',
  'notified',
  'by-key-notified',
  'sync-cancelled-in-references',
]

/** Plays all scenes, one after the other. `record` gets each history by its name. */
export async function playScenes(record: (name: string, history: History, stage: Stage) => Promise<void>): Promise<void> {
  const zgw = await startZgw(municipality)
  const source = await startDistricts(['noord', 'oost', 'zuid', 'west', 'centrum', 'haven'])
  const { 'gemaal.yaml': _, ...files } = await districtsProject('1 hour')
  // Of two datasets that take from the zaken one waits for a person at each reading.
  const held = 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\nholds: { quarantined: 1 }\n'
  const project = await openSample(
    zgw,
    { ...files, 'datasets/wmo/zaken.yaml': undefined, 'datasets/zaken/open_zaken.yaml': undefined, 'datasets/zaken/dossiers.yaml': held },
    undefined,
    { TOWN_URL: source.url },
  )
  const running = await openRunning(project)
  const stage: Stage = { zgw, town: source, project, running }
  try {
    await running.worker()
    for (const [name, play] of Object.entries(scenes)) {
      const shown = await play(stage).catch((error: Error) => {
        throw new Error(`scene '${name}': ${error.message}`, { cause: error })
      })
      for (const [history, id] of Object.entries(shown)) {
        const [workflowId = '', runId] = id.split('#')
        await record(history, await running.client.workflow.getHandle(workflowId, runId).fetchHistory(), stage)
      }
      source.calm()
      zgw.reset()
    }
  } finally {
    await running.close()
    await project.close()
    await Promise.all([source.stop(), zgw.stop()])
  }
}

/** Accepts the newest hold of a kind and waits for its release. Returns the workflow of the release. */
async function release({ warehouse }: TestProject, running: Running, withholds: 'all' | 'deletes'): Promise<string> {
  const hold = (await listHolds(warehouse.db)).find((each) => each.status === 'open' && each.withholds === withholds)
  if (!hold) throw new Error(`there is no hold on ${withholds}`)
  await decideHold(warehouse.db, hold.id, 'accept', 'test', 'looked at')
  const input: ReleaseInput = { hold: hold.id, source: hold.source, stream: hold.stream, forbiddenLeaves: false, askedBy: 'test' }
  return startAndFinish(running, 'publish', `publish:${hold.id}`, input)
}

async function startAndFinish(running: Running, type: string, workflowId: string, input: unknown): Promise<string> {
  await running.client.workflow.start(type, { workflowId, taskQueue: running.taskQueue, args: [input] })
  await closed(running, workflowId)
  return workflowId
}

/** The number under which the warehouse knows the run of a sync. */
async function numberOf({ client }: Running, workflowId: string): Promise<number> {
  const { runId } = (await client.workflow.getHandle(workflowId).result()) as SyncResult
  return runId
}

async function closed({ client }: Running, workflowId: string): Promise<void> {
  await client.workflow
    .getHandle(workflowId)
    .result()
    .catch(() => {})
}

async function untilRun(project: TestProject, workflowId: string, status: string): Promise<void> {
  await until(
    async () => (await project.rows('select from gemaal.runs where workflow_id = $1 and status = $2', [workflowId, status])).length > 0,
    `the run is ${status}`,
  )
}

async function untilStream(project: TestProject, workflowId: string, status: string): Promise<void> {
  const query = 'select from gemaal.stream_runs s join gemaal.runs r on r.id = s.run_id where r.workflow_id = $1 and s.status = $2'
  await until(async () => (await project.rows(query, [workflowId, status])).length > 0, `a stream is ${status}`)
}
