/** Waiting for servers that are not up yet, as happens when everything of a machine or a cluster is started at once. */
import { setTimeout as wait } from 'node:timers/promises'

const tryAgainMs = 2_000
const sayAgainMs = 60_000

/**
 * Tries until it works, and says what it waits for: at once, when that changes, and every minute.
 *
 * @param signal ends the waiting
 * @returns undefined when the waiting was ended
 * @throws what time does not mend, such as a wrong password
 */
export async function patiently<T>(work: () => Promise<T>, say: (line: string) => void, signal: AbortSignal): Promise<T | undefined> {
  let told = ''
  let toldAt = 0
  while (!signal.aborted) {
    try {
      return await work()
    } catch (error) {
      if (!mayPass(error)) throw error
      const { message } = error as Error
      if (message !== told || Date.now() - toldAt >= sayAgainMs) {
        say(`Waiting. ${message}`)
        told = message
        toldAt = Date.now()
      }
    }
    await wait(tryAgainMs, undefined, { signal }).catch(() => {})
  }
  return undefined
}

// No route, no name yet, nobody listens; Postgres that starts, stops or is full; gRPC's DEADLINE_EXCEEDED and UNAVAILABLE.
const passingCodes = /^(E(CONN|PIPE|TIMEDOUT|NOTFOUND|HOSTUNREACH|NETUNREACH|AI_AGAIN).*|08...|53...|57P..|4|14)$/
const passingWords = /Connection terminated|timeout expired|timeout exceeded|before the deadline|tcp connect error/

/** Whether an error, or what caused it, is one that goes by itself. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, name } = error as { code?: unknown; name: string }
  return name === 'WarehouseUnavailable' || passingCodes.test(String(code)) || passingWords.test(error.message) || mayPass(error.cause)
}
