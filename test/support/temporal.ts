/** The Temporal dev server that all tests share. A test that kills a Temporal starts one of its own with `startTemporal`. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { searchAttributes } from '../../cli/embedded/temporal.js'
import { serverAddress } from './servers.js'

/** `127.0.0.1:<port>`. */
export function temporalAddress(): Promise<string> {
  return serverAddress('temporal')
}

export interface TestNamespace {
  address: string
  /** A namespace of its own, with our search attributes: ids of workflows and schedules meet those of no other test file. */
  namespace: string
  taskQueue: string
}

/** `INDEXED_VALUE_TYPE_KEYWORD`. @see temporal/api/enums/v1/common.proto */
const keyword = 2

export async function openNamespace(): Promise<TestNamespace> {
  const address = await temporalAddress()
  const id = randomUUID().slice(0, 13)
  const namespace = `test-${id}`
  const connection = await Connection.connect({ address })
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
    const wanted = Object.fromEntries(searchAttributes.map((name) => [name, keyword]))
    await eventually(async () => {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted })
    })
    // The parts of the server learn of a namespace one after the other; a search goes through all of them.
    await eventually(async () => {
      await connection.workflowService.countWorkflowExecutions({ namespace, query: `${searchAttributes[0]} = 'none'` })
    })
  } finally {
    await connection.close()
  }
  return { address, namespace, taskQueue: `test-${id}` }
}

async function eventually(work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(100)
    }
  }
}
