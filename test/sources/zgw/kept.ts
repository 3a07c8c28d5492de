import { mkdir } from 'node:fs/promises'
import { defaults } from './seed.js'
import { startZgw, type ZgwServer } from './server.js'
import { readState, type State, writeState } from './state.js'

export interface KeptOptions {
  port?: number | undefined
  zaken?: number | undefined
  seed?: number | undefined
  today?: string | undefined
  /** Folder that keeps the municipality from start to start: what is asked for otherwise counts at the first. */
  state?: string | undefined
  /** How many zaken change before it listens. */
  changes?: number | undefined
}

/** The server with the municipality that a folder keeps, and all that changed in it; changes made by requests to it are not kept. */
export async function startKept({ port = 0, zaken, seed, today, state, changes = 0 }: KeptOptions): Promise<ZgwServer> {
  const asked: State = { seed: seed ?? defaults.seed, zaken: zaken ?? defaults.zaken, today: today ?? defaults.today, rounds: [] }
  const { rounds, ...municipality } = (state === undefined ? undefined : await readState(state)) ?? asked
  if (changes > 0) rounds.push(changes)
  const server = await startZgw({ ...municipality, port })
  rounds.forEach((count, at) => {
    server.applyChanges(count, at + 1)
  })
  if (state !== undefined) {
    await mkdir(state, { recursive: true })
    await writeState(state, { ...municipality, rounds })
  }
  return server
}
