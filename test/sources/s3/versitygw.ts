import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sign } from 'aws4'
import { freePort } from '../../../cli/embedded/folder-state.js'
import { until } from '../../support/until.js'

/** The command of Versity Gateway, an S3 server in Go; or in words why there is none. */
export function findGateway(): { command: string } | string {
  const folder = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' }).stdout?.trim()
  const command = ['versitygw', ...(folder ? [join(folder, 'bin', 'versitygw')] : [])].find(
    (name) => spawnSync(name, ['--version']).status === 0,
  )
  return command === undefined
    ? 'there is no versitygw; `go install github.com/versity/versitygw/cmd/versitygw@v1.8.0` makes it'
    : { command }
}

export interface Gateway {
  url: string
  keys: { accessKeyId: string; secretAccessKey: string }
  region: string
  bucket: string
  put(key: string, content: string | Uint8Array): Promise<void>
  stop(): Promise<void>
}

/** Starts it over a folder of its own. */
export async function startGateway(command: string): Promise<Gateway> {
  const home = await mkdtemp(join(tmpdir(), 'gemaal-versitygw-'))
  const bucket = 'leveringen'
  for (const folder of ['objects', 'facts']) await mkdir(join(home, folder))
  const keys = { accessKeyId: 'waterdam', secretAccessKey: 'een-geheim-van-waterdam' }
  const region = 'eu-waterdam-1'
  const port = await freePort()
  const own = ['--port', `127.0.0.1:${port}`, '--access', keys.accessKeyId, '--secret', keys.secretAccessKey, '--region', region]
  // Beside the objects, since not every file system of a test keeps attributes.
  const backend = ['posix', '--sidecar', join(home, 'facts'), join(home, 'objects')]
  const server = spawn(command, [...own, ...backend], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await until(
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    'the S3 server answers',
  )
  const send = async (path: string, body: Uint8Array) => {
    const signed = sign({ service: 's3', region, method: 'PUT', host: `127.0.0.1:${port}`, path, body: Buffer.from(body) }, keys)
    const { Host: _, 'Content-Length': __, ...headers } = signed.headers as { [name: string]: string }
    const answer = await fetch(url + path, { method: 'PUT', headers, body: Buffer.from(body) })
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`)
  }
  await send(`/${bucket}`, Buffer.alloc(0))
  return {
    url,
    keys,
    region,
    bucket,
    put: (key, content) => send(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, Buffer.from(content)),
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}
