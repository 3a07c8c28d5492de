/** Waiting without guessing how long. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for a condition that others bring about. */
export async function until(holds: () => Promise<boolean>, what: string, withinMs = 55_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await sleep(50)
  }
}
