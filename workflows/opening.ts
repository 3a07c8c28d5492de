/** The step that begins a run. */
import { CancellationScope } from '@temporalio/workflow'
import { short } from './activities.js'
import { endingOf } from './endings.js'

/** Opens a run. One that cannot begin ends with the reason: it may be on record already when it is refused or cancelled. */
export async function openRun<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const { status, errorCode, errorMessage } = endingOf(error)
    await CancellationScope.nonCancellable(() => short.endUnbegun({ cancelled: status === 'cancelled', errorCode, errorMessage }))
    throw error
  }
}
