import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, mkdtemp, open, readdir, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import ssh2, { type AuthContext, type Connection, type PublicKeyAuthContext, type SFTPWrapper } from 'ssh2'
import { newKeyPair } from './keys.js'

/** An SFTP server over a folder of this machine, which does what real ones do at their worst. */
export interface SftpServer {
  /** `sftp://127.0.0.1:port`; the folder is its root. */
  url: string
  folder: string
  /** Fingerprint of its host key. */
  hostKey: string
  faults: Faults
  /** Connections that were ever let in. */
  connections(): number
  /** What it was asked, by name: `READDIR`, `READ`, … */
  asked: { [request: string]: number }
  /** Puts a file there; left out, it was changed a minute ago. */
  put(path: string, content: string | Uint8Array, changedAt?: Date): Promise<void>
  stop(): Promise<void>
}

export interface Faults {
  /** Hangs up after so many reads, once. */
  hangUpAfterReads?: number | undefined
  /** Gives at most so many bytes a read. */
  bytesARead?: number | undefined
  /** Answers nothing any more. */
  silent?: boolean
  /** Paths that we have no right to. */
  forbidden?: readonly string[]
  /** Fails on reading with a status that says nothing. */
  fails?: boolean
  /** Asks for the password in words of its own only. */
  keyboardOnly?: boolean
  /** Runs at each read. */
  onRead?: (() => Promise<void>) | undefined
}

const { STATUS_CODE } = ssh2.utils.sftp

export const login = { username: 'waterdam', password: 'een-geheim-wachtwoord' }

export async function startSftp(more: { publicKey?: string } = {}): Promise<SftpServer> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'gemaal-sftp-')))
  const host = newKeyPair()
  const faults: Faults = {}
  const asked: { [request: string]: number } = {}
  const open = new Set<Connection>()
  let connections = 0
  const server = new ssh2.Server({ hostKeys: [host.private] }, (client) => {
    open.add(client)
    client.on('error', () => undefined)
    client.on('close', () => open.delete(client))
    client.on('authentication', (attempt) => authenticate(attempt, faults, more.publicKey))
    client.on('ready', () => {
      connections += 1
      client.on('session', (accept) =>
        accept().on('sftp', (acceptSftp) => new Session(acceptSftp(), folder, faults, asked, () => client.end())),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const key = ssh2.utils.parseKey(host.public)
  if (key instanceof Error) throw key
  return {
    url: `sftp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    hostKey: `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`,
    faults,
    connections: () => connections,
    asked,
    async put(path, content, changedAt = new Date(Date.now() - 60_000)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
      await utimes(join(folder, path), changedAt, changedAt)
    },
    async stop() {
      for (const client of open) client.end()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function authenticate(attempt: AuthContext, faults: Faults, publicKey: string | undefined): void {
  const isKnown = attempt.username === login.username
  if (isKnown && attempt.method === 'keyboard-interactive' && faults.keyboardOnly)
    attempt.prompt([{ prompt: 'Wachtwoord: ', echo: false }], ([answer]) => {
      if (answer === login.password) attempt.accept()
      else attempt.reject()
    })
  else if (isKnown && attempt.method === 'password' && !faults.keyboardOnly && attempt.password === login.password) attempt.accept()
  else if (isKnown && attempt.method === 'publickey' && isOurs(attempt, publicKey)) attempt.accept()
  else attempt.reject(faults.keyboardOnly ? ['keyboard-interactive'] : ['password', 'publickey', 'keyboard-interactive'])
}

/** Whether a key is the one that we know; a client asks that first, and then signs with it. */
function isOurs({ key, signature, blob, hashAlgo }: PublicKeyAuthContext, publicKey: string | undefined): boolean {
  const known = publicKey === undefined ? undefined : ssh2.utils.parseKey(publicKey)
  if (known === undefined || known instanceof Error || !key.data.equals(known.getPublicSSH())) return false
  return signature === undefined || known.verify(blob as Buffer, signature, hashAlgo) === true
}

/** One session; a handle is a number of a file or of a folder that is being listed. */
class Session {
  readonly #files = new Map<number, FileHandle>()
  readonly #listings = new Map<number, string[][]>()
  #next = 1
  #reads = 0

  constructor(sftp: SFTPWrapper, folder: string, faults: Faults, asked: { [request: string]: number }, hangUp: () => void) {
    const place = (path: string) => join(folder, path)
    const answer = (id: number, name: string, path: string | undefined, work: () => Promise<void>) => {
      asked[name] = (asked[name] ?? 0) + 1
      if (faults.silent) return
      if (path !== undefined && faults.forbidden?.includes(path)) return sftp.status(id, STATUS_CODE.PERMISSION_DENIED)
      work().catch((error: NodeJS.ErrnoException) =>
        sftp.status(id, error.code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE),
      )
    }
    const handleOf = (number: number) => {
      const handle = Buffer.alloc(4)
      handle.writeUInt32BE(number)
      return handle
    }
    sftp.on('REALPATH', (id, path) =>
      answer(id, 'REALPATH', undefined, async () => {
        const real = await realpath(place(path))
        const below = relative(folder, real)
        const name = below.startsWith('..') ? real : `/${below}`
        sftp.name(id, [{ filename: name === folder ? '/' : name, longname: name, attrs: {} as never }])
      }),
    )
    sftp.on('STAT', (id, path) => answer(id, 'STAT', path, async () => sftp.attrs(id, attrsOf(await stat(place(path))))))
    sftp.on('LSTAT', (id, path) => answer(id, 'LSTAT', path, async () => sftp.attrs(id, attrsOf(await lstat(place(path))))))
    sftp.on('OPENDIR', (id, path) =>
      answer(id, 'OPENDIR', path, async () => {
        const names = await readdir(place(path))
        const pages = Array.from({ length: Math.ceil(names.length / 100) }, (_, n) =>
          names.slice(n * 100, n * 100 + 100).map((name) => join(path, name)),
        )
        this.#listings.set(this.#next, pages)
        sftp.handle(id, handleOf(this.#next++))
      }),
    )
    sftp.on('READDIR', (id, handle) =>
      answer(id, 'READDIR', undefined, async () => {
        const page = this.#listings.get(handle.readUInt32BE())!.shift()
        if (!page) return sftp.status(id, STATUS_CODE.EOF)
        const entries = await Promise.all(
          page.map(async (path) => ({ filename: path.split('/').at(-1)!, longname: path, attrs: attrsOf(await lstat(place(path))) })),
        )
        sftp.name(id, entries as Parameters<SFTPWrapper['name']>[1])
      }),
    )
    sftp.on('OPEN', (id, path) =>
      answer(id, 'OPEN', path, async () => {
        this.#files.set(this.#next, await open(place(path), constants.O_RDONLY))
        sftp.handle(id, handleOf(this.#next++))
      }),
    )
    sftp.on('FSTAT', (id, handle) =>
      answer(id, 'FSTAT', undefined, async () => sftp.attrs(id, attrsOf(await this.#files.get(handle.readUInt32BE())!.stat()))),
    )
    sftp.on('READ', (id, handle, offset, length) =>
      answer(id, 'READ', undefined, async () => {
        this.#reads += 1
        if (this.#reads === faults.hangUpAfterReads) {
          faults.hangUpAfterReads = undefined
          return hangUp()
        }
        if (faults.fails) return sftp.status(id, STATUS_CODE.FAILURE)
        await faults.onRead?.()
        const buffer = Buffer.alloc(Math.min(length, faults.bytesARead ?? length))
        const { bytesRead } = await this.#files.get(handle.readUInt32BE())!.read(buffer, 0, buffer.length, offset)
        return bytesRead === 0 ? sftp.status(id, STATUS_CODE.EOF) : sftp.data(id, buffer.subarray(0, bytesRead))
      }),
    )
    sftp.on('CLOSE', (id, handle) =>
      answer(id, 'CLOSE', undefined, async () => {
        const number = handle.readUInt32BE()
        await this.#files.get(number)?.close()
        this.#files.delete(number)
        this.#listings.delete(number)
        sftp.status(id, STATUS_CODE.OK)
      }),
    )
    sftp.on('error', () => undefined)
    sftp.on('close', () => {
      for (const file of this.#files.values()) file.close().catch(() => undefined)
    })
  }
}

function attrsOf({
  mode,
  uid,
  gid,
  size,
  atimeMs,
  mtimeMs,
}: {
  mode: number
  uid: number
  gid: number
  size: number
  atimeMs: number
  mtimeMs: number
}) {
  return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1000), mtime: Math.floor(mtimeMs / 1000) }
}
