/** The ZGW server of the sample municipality, as a process of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { productRoot } from './version.js'

export interface SampleServer {
  url: string
  clientId: string
  secret: string
  stop(): Promise<void>
}

// Those of the sample server, which holds no real data.
const clientId = 'gemaal'
const secret = 'een-geheim-van-waterdam-0123456789'

/**
 * @param options `state`: folder that keeps the municipality from start to start
 */
export async function startSampleServer(options: { state: string; zaken: string }): Promise<SampleServer> {
  const main = join(productRoot, 'dist', 'test', 'sources', 'zgw', 'main.js')
  const child = spawn(process.execPath, [main, '--state', options.state, '--zaken', options.zaken], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  process.once('exit', () => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout! })
  const url = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', (line) => resolve((JSON.parse(line) as { url: string }).url))),
    ended.then(() => {
      throw new Error('the sample server stopped before it listened; its message stands above')
    }),
  ])
  return {
    url,
    clientId,
    secret,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
