import { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workflowBundle } from '../../worker/bundle.js'
import { openLog } from '../../worker/log.js'
import { installRuntime } from '../../worker/main.js'
import type { Activities } from '../../workflows/messages.js'
import { defaultClient, startZgw } from '../sources/zgw/server.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { type Recorded, readableText, recordedHistories } from './histories.js'
import { municipality, recordings } from './scenes.js'

const recorded = await recordedHistories()
/** From before there were rules on references. */
const earlier = await recordedHistories('before-references')

let folder: TestFolder
let codePath: string
beforeAll(async () => {
  installRuntime(openLog('silent'))
  folder = await openFolder()
  codePath = await workflowBundle(folder.path)
})
afterAll(() => folder?.remove())

const replay = ({ name, history }: Pick<Recorded, 'name' | 'history'>) =>
  Worker.runReplayHistory({ workflowBundle: { codePath } }, history, name)

describe('runs that began before this version go on with it', () => {
  test.each(recorded)('$name', async (each) => {
    await replay(each)
  })

  test.each(earlier)('$name, from before there were rules on references', async (each) => {
    await replay(each)
  })
})

test('a version that would do its steps in another order is told from one that goes on', async () => {
  const { name, history } = recorded.find((each) => each.name === 'stream-published')!
  const events = history.events!.map((event) =>
    event.activityTaskScheduledEventAttributes?.activityType?.name === 'verifyAndPublish'
      ? {
          ...event,
          activityTaskScheduledEventAttributes: { ...event.activityTaskScheduledEventAttributes, activityType: { name: 'endStream' } },
        }
      : event,
  )
  await expect(replay({ name, history: { events } })).rejects.toThrow(/[Nn]ondeterminism/)
})

test('every way that a workflow can take is recorded', () => {
  expect(recorded.map(({ name }) => name).sort()).toEqual([...recordings].sort())
  const steps = recorded.flatMap(({ history }) =>
    history.events!.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []),
  )
  const all: { [step in keyof Activities]: true } = {
    openSync: true,
    noteQueued: true,
    openStream: true,
    readSlice: true,
    verifyAndPublish: true,
    endStream: true,
    endUnbegun: true,
    closeSync: true,
    openByKey: true,
    notifiedStreams: true,
    publishHeld: true,
    missingReferences: true,
    judgeReferences: true,
  }
  expect([...new Set(steps)].sort()).toEqual(Object.keys(all).sort())
})

describe('what is recorded is for everyone to read', () => {
  let persons: string[]
  let keys: string[]
  beforeAll(async () => {
    const zgw = await startZgw(municipality)
    persons = zgw.personalValues()
    keys = Object.values(zgw.snapshot()).flatMap((records) => records.map(({ url }) => String(url).split('/').at(-1)!))
    await zgw.stop()
  })

  test.each(recorded)('$name holds no value of a person, no key of a record and no secret', ({ text }) => {
    const readable = readableText(text)
    const words = new Set(readable.split(/[^\p{L}\d-]+/u))
    expect(persons.filter((value) => (value.includes(' ') ? readable.includes(value) : words.has(value)))).toEqual([])
    expect(keys.filter((key) => readable.includes(key))).toEqual([])
    expect(readable).not.toContain(defaultClient.secret)
  })

  test.each(recorded)('$name does not say where it was recorded', ({ text }) => {
    expect(readableText(text)).not.toMatch(/\/home\/|\/work\/|\/tmp\/|\/Users\/|node_modules/)
  })
})
