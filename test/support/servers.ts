/** Asks the global set-up for a server, which starts it when it does not run yet. */
import { inject } from 'vitest'

export async function serverAddress(name: 'postgres' | 'temporal'): Promise<string> {
  const answer = await fetch(`${inject('servers')}/${name}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}
