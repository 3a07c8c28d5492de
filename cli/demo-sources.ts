/** The sources of the sample municipality, as a process of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { productRoot } from './version.js'

export interface SampleSources {
  /** Those by which the sample project finds its sources. */
  variables: { [name: string]: string }
  stop(): Promise<void>
}

/**
 * @param options `state`: folder that keeps the municipality from start to start; `postgres`: where its application for the Wmo has its database
 */
export async function startSampleSources(options: { state: string; zaken: string; postgres: string }): Promise<SampleSources> {
  const main = join(productRoot, 'dist', 'test', 'sources', 'waterdam', 'main.js')
  const { state, zaken, postgres } = options
  const child = spawn(process.execPath, [main, '--state', state, '--zaken', zaken, '--postgres', postgres], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  process.once('exit', () => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout! })
  const variables = await Promise.race([
    new Promise<{ [name: string]: string }>((resolve) => lines.once('line', (line) => resolve(JSON.parse(line)))),
    ended.then(() => {
      throw new Error('the sources of the sample stopped before they listened; their message stands above')
    }),
  ])
  return {
    variables,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
