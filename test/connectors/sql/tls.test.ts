import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { SourceRefused } from '../../../connectors/errors.js'
import type { SqlSource } from '../../sources/sql/source.js'
import { openClient } from '../fixtures/sql.js'
import { onEachServer, type Start } from './servers.js'

const file = (name: string): string => fileURLToPath(new URL(`../tls/${name}.pem`, import.meta.url))
const pem = (name: string): string => readFileSync(file(name), 'utf8')

/**
 * Stands before a Postgres and does for it what it does itself where it has a certificate: it says S to the wish for TLS, and goes on so.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
async function encrypting(target: number, certificate: string): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    near.once('data', () => {
      near.write('S')
      const secure = new TLSSocket(near, { isServer: true, cert: pem(certificate), key: pem(`${certificate}-key`) })
      const far = connect(target, '127.0.0.1')
      for (const socket of [near, secure, far]) {
        sockets.add(socket)
        socket.on('error', () => far.destroy())
      }
      secure.pipe(far).pipe(secure)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function startEncrypted(start: Start, certificate: string): Promise<SqlSource> {
  const source = await start([`--ssl-cert=${file(certificate)}`, `--ssl-key=${file(`${certificate}-key`)}`])
  closing.push(source.stop)
  const encrypted = source.baseUrl.replace('+plain', '').replace('127.0.0.1', 'localhost')
  if (source.server === 'mysql') return { ...source, baseUrl: encrypted }
  const gate = await encrypting(source.port, certificate)
  closing.push(gate.close)
  return { ...source, baseUrl: encrypted.replace(`:${source.port}`, `:${gate.port}`) }
}

function asking(source: SqlSource, tls: object) {
  const client = openClient(source, { tls })
  closing.push(client.close)
  return client.of({ stream: 'voorzieningen', signal: new AbortController().signal }).rows({ texts: ["select 'ja'"], values: [] })
}

onEachServer((start) => {
  describe('a connection with TLS', () => {
    test('is made to a server whose certificate a given CA signed for its name, and to no other', async () => {
      const source = await startEncrypted(start, 'server')
      expect(await asking(source, { ca: pem('ca') })).toEqual([['ja']])
      const error = await asking(source, {}).catch((caught) => caught)
      expect(error).toBeInstanceOf(SourceRefused)
      expect(error.message).toMatch(/certificate of localhost:\d+ is not trusted.*tls\.ca in sources\/probe\.yaml/)
    })

    test('is refused to a server with the certificate of another name', async () => {
      const source = await startEncrypted(start, 'other')
      const error = await asking(source, { ca: pem('ca') }).catch((caught) => caught)
      expect(error).toBeInstanceOf(SourceRefused)
      expect(error.message).toMatch(/certificate of localhost:\d+ is not trusted/)
    })
  })
})
