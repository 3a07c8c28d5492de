/**
 * Has the Temporal SDK download its dev server into the folder given as argument. A program of its own, because the SDK can only do so by
 * starting the server, with a runtime that a process can set up once.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing'

const [downloadDir] = process.argv.slice(2)
try {
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'cached-download', downloadDir } } })
  await environment.teardown()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
