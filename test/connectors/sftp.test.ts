import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryBudget } from '../../connectors/budget.js'
import { SourceRefused, SourceUnavailable } from '../../connectors/errors.js'
import { type FilesOptions, openFiles, type SourceFiles } from '../../connectors/source-files.js'
import { newKeyPair } from '../sources/sftp/keys.js'
import { findOpenSsh, type OpenSsh, startOpenSsh } from '../sources/sftp/openssh.js'
import { login, type SftpServer, startSftp } from '../sources/sftp/server.js'
import { quickClock } from './loopback.js'
import { bytesOf, textOf } from './place.js'

const opened: SourceFiles[] = []
afterEach(() => {
  for (const files of opened.splice(0)) files.close()
})

function open(options: Omit<FilesOptions, 'source' | 'credentials'>, credentials: { [field: string]: string }): SourceFiles {
  const files = openFiles({
    source: 'probe',
    credentials: (field) => credentials[field],
    credentialSetting: (field) => `GEMAAL_PROBE_${field.toUpperCase()}`,
    ...options,
  })
  opened.push(files)
  return files
}

describe('files on an SFTP server', () => {
  let server: SftpServer
  const own = newKeyPair()
  beforeEach(async () => {
    server = await startSftp({ publicKey: own.public })
  })
  afterEach(() => server.stop())

  const client = (options: Partial<FilesOptions> = {}, credentials: { [field: string]: string } = login) =>
    open({ baseUrl: `${server.url}/uit`, hostKeys: [server.hostKey], ...options }, credentials)
  const paths = async (patterns?: string[], files = client()) => (await files.list(patterns)).map(({ path }) => path)
  const content = Buffer.from(Array.from({ length: 1_500_001 }, (_, n) => n % 251))

  test('are listed by pattern and read', async () => {
    for (const path of ['uit/wmo/a.csv', 'uit/wmo/.b.csv', 'uit/wmo/c.csv.part', 'uit/d.txt', 'in/e.csv']) await server.put(path, 'één')
    expect(await client().list()).toMatchObject([{ path: 'd.txt', size: 5 }, { path: 'wmo/a.csv' }])
    expect(await paths(['*/*.csv'])).toEqual(['wmo/a.csv'])
    expect(await textOf(client().read('wmo/a.csv'))).toBe('één')
  })

  test('are listed where there are hundreds, and no deeper than a pattern asks for', async () => {
    for (let n = 0; n < 600; n += 1) await server.put(`uit/${n}.csv`, '')
    await server.put('uit/oud/x.csv', '')
    expect(await paths(['*.csv'])).toHaveLength(600)
    const listed = server.asked.OPENDIR!
    await client().list(['*.csv'])
    expect(server.asked.OPENDIR! - listed).toBe(1)
  })

  test('of any size are read exactly, also where the server gives fewer bytes than it is asked for', async () => {
    await server.put('uit/groot.bin', content)
    await server.put('uit/leeg.csv', '')
    expect((await bytesOf(client().read('groot.bin'))).equals(content)).toBe(true)
    expect(await textOf(client().read('leeg.csv'))).toBe('')
    server.faults.bytesARead = 10_000
    expect((await bytesOf(client().read('groot.bin'))).equals(content)).toBe(true)
  })

  test('are asked for no further ahead than a reader takes', async () => {
    await server.put('uit/groot.bin', content)
    for await (const _ of client().read('groot.bin')) break
    expect(server.asked.READ!).toBeLessThanOrEqual(17)
  })

  test('are opened for reading parts of them', async () => {
    await server.put('uit/groot.bin', content)
    const file = await client().open('groot.bin')
    expect(file.size).toBe(content.length)
    expect(Buffer.from(await file.bytes(100_000, 200_000)).equals(content.subarray(100_000, 200_000))).toBe(true)
    await server.put('uit/groot.bin', content.subarray(1))
    await expect(file.bytes(0, 10)).rejects.toThrow(/was changed/)
  })

  test('whose checksum was made are not read for it again until they change', async () => {
    await server.put('uit/a.csv', 'een')
    const files = client()
    const sum = await files.checksum('a.csv')
    const reads = server.asked.READ
    expect(await files.of({ stream: 'andere' }).checksum('a.csv')).toBe(sum)
    expect(server.asked.READ).toBe(reads)
    await server.put('uit/a.csv', 'twee')
    expect(await files.checksum('a.csv')).not.toBe(sum)
  })

  test('are named in a message with their stream, and a number of a person in a name is not', async () => {
    await server.put('uit/x', '')
    const files = client().of({ stream: 'dossiers' })
    await expect(textOf(files.read('dossiers/123456782.csv'))).rejects.toThrow(
      /^source 'probe', stream 'dossiers', file 'dossiers\/…': it is not there/,
    )
    await expect(textOf(files.read('wmo_20261125.csv'))).rejects.toThrow(/file 'wmo_20261125.csv'/)
  })

  test.each(['export (1).csv', 'café €.csv', '100% %41.csv', "d'Hondt & co.csv", 'a#b?.csv'])('named %s are read', async (name) => {
    await server.put(`uit/${name}`, 'x')
    expect(await paths(['*'])).toEqual([name])
    expect(await textOf(client().read(name))).toBe('x')
  })

  test('in a folder with nothing in it, or that is not there, are no empty listing', async () => {
    await server.put('x', '')
    await expect(client().list()).rejects.toThrow(SourceUnavailable)
    await server.put('uit/wmo/.keep', '')
    expect(await paths(['wmo/*.csv'])).toEqual([])
    await expect(client().list(['jeugd/*.csv'])).rejects.toThrow(/whether the server has its disk/)
  })

  test('that a link leads to are reached inside of the folder only', async () => {
    await server.put('uit/a.csv', 'x')
    await symlink(join(server.folder, 'uit/a.csv'), join(server.folder, 'uit/b.csv'))
    expect(await paths()).toEqual(['a.csv', 'b.csv'])
    await server.put('geheim.csv', 'x')
    await symlink(join(server.folder, 'geheim.csv'), join(server.folder, 'uit/c.csv'))
    await expect(client().list()).rejects.toThrow(SourceRefused)
    for (const path of ['c.csv', '../geheim.csv']) await expect(textOf(client().read(path))).rejects.toThrow(/leads out of the folder/)
  })

  test('that were changed just now are waited for', async () => {
    await server.put('uit/a.csv', 'x', new Date())
    await expect(client().list()).rejects.toThrow(/may still be written/)
  })

  test('that change or are replaced while they are read are read again', async () => {
    await server.put('uit/a.bin', content)
    server.faults.onRead = async () => {
      server.faults.onRead = undefined
      await writeFile(join(server.folder, 'uit/a.bin'), content.subarray(1))
    }
    await expect(bytesOf(client().read('a.bin'))).rejects.toThrow(/was changed while it was read/)
  })

  test('go on at the byte where they were when the connection breaks', async () => {
    await server.put('uit/groot.bin', content)
    server.faults.hangUpAfterReads = 20
    expect((await bytesOf(client().read('groot.bin'))).equals(content)).toBe(true)
    expect(server.connections()).toBe(2)
  })

  test('without a right to them need a person, and failures of the server pass', async () => {
    await server.put('uit/a.csv', 'x')
    server.faults.forbidden = ['/uit/a.csv']
    await expect(textOf(client().read('a.csv'))).rejects.toThrow(/no right to read it/)
    server.faults.forbidden = []
    server.faults.fails = true
    await expect(textOf(client().read('a.csv'))).rejects.toThrow(/the server fails on it \(status 4 of SFTP\)/)
    await expect(textOf(client().read('weg.csv'))).rejects.toThrow(SourceUnavailable)
  })

  test('of a server that says nothing any more are given up after a while, and the next attempt has a connection of its own', async () => {
    await server.put('uit/a.csv', 'x')
    // Long enough for a busy machine to answer in.
    const files = client({ idleTimeoutMs: 3_000 })
    await files.list()
    server.faults.silent = true
    await expect(files.list()).rejects.toThrow(/no byte came/)
    server.faults.silent = false
    expect(await paths(undefined, files)).toEqual(['a.csv'])
  })

  test('are not waited for when the run is cancelled', async () => {
    await server.put('uit/a.csv', 'x')
    const files = client()
    await files.list()
    server.faults.silent = true
    const stop = new AbortController()
    const listing = files.of({ signal: stop.signal }).list()
    stop.abort(new Error('afgebroken'))
    await expect(listing).rejects.toThrow('afgebroken')
  })

  test('take of the budget of the source, over one connection', async () => {
    await server.put('uit/a.csv', 'x')
    const budget = memoryBudget({ name: 'probe', atOnce: 1 }, quickClock())
    const files = client({ budget })
    await Promise.all([files.list(), files.list(), textOf(files.read('a.csv'))])
    expect(server.connections()).toBe(1)
    ;(await budget.acquire())()
  })

  describe('are read after we are let in', () => {
    test('by a key, also where there is a password too', async () => {
      await server.put('uit/a.csv', 'x')
      expect(await paths(undefined, client({}, { username: login.username, privateKey: own.private }))).toEqual(['a.csv'])
    })

    test('by a password that is asked for in words of the server', async () => {
      await server.put('uit/a.csv', 'x')
      server.faults.keyboardOnly = true
      expect(await paths()).toEqual(['a.csv'])
    })

    test('and a password that is wrong names the setting, and not the password', async () => {
      const error = await client({}, { ...login, password: 'verkeerd-woord' })
        .list()
        .catch((caught) => caught)
      expect(error).toBeInstanceOf(SourceRefused)
      expect(error.message).toMatch(/GEMAAL_PROBE_USERNAME and GEMAAL_PROBE_PASSWORD/)
      expect(`${error.stack}`).not.toContain('verkeerd-woord')
    })

    test('and without a credential, or with a key that is none, the setting is named', async () => {
      await expect(client({}, {}).list()).rejects.toThrow(/Set GEMAAL_PROBE_USERNAME/)
      await expect(client({}, { username: 'x' }).list()).rejects.toThrow(/Set GEMAAL_PROBE_PASSWORD or GEMAAL_PROBE_PRIVATEKEY/)
      await expect(client({}, { username: 'x', privateKey: 'geen sleutel' }).list()).rejects.toThrow(/GEMAAL_PROBE_PRIVATEKEY/)
    })
  })

  describe('are read of a server that is known by its host key', () => {
    test('which is shown where none is stated', async () => {
      const error = await client({ hostKeys: [] })
        .list()
        .catch((caught) => caught)
      expect(error).toBeInstanceOf(SourceRefused)
      expect(error.message).toContain(server.hostKey)
    })

    test('and with another one nothing is sent to it, no user and no password', async () => {
      const other = `SHA256:${'A'.repeat(43)}`
      await expect(client({ hostKeys: [other] }).list()).rejects.toThrow(/someone stands between/)
      expect(server.connections()).toBe(0)
      expect(
        await client({ hostKeys: [other, server.hostKey] })
          .list()
          .catch((error) => error),
      ).toBeInstanceOf(SourceUnavailable)
    })
  })

  test('of a server that is not there are unavailable', async () => {
    const { url } = server
    await server.stop()
    await expect(client({ baseUrl: `${url}/uit` }).list()).rejects.toThrow(/refuses the connection/)
    server = await startSftp()
  })
})

const program = await findOpenSsh()
if (typeof program === 'string') test(`OpenSSH is not tried here: ${program}`, () => {})

describe.each(typeof program === 'string' ? [] : [program])('files on a server of OpenSSH', (openSsh) => {
  let server: OpenSsh
  beforeEach(async () => {
    server = await startOpenSsh(openSsh)
  })
  afterEach(() => server.stop())

  const client = (hostKey: string, credentials: { [field: string]: string }) =>
    open({ baseUrl: server.url, hostKeys: [hostKey], settleMs: 0 }, { username: server.username, ...credentials })

  test('are listed and read by a key, with or without a passphrase', async () => {
    const content = Buffer.from(Array.from({ length: 1_000_003 }, (_, n) => n % 253))
    await writeFile(join(server.folder, 'a b.bin'), content)
    for (const credentials of [{ privateKey: server.privateKey }, server.lockedKey]) {
      const files = client(server.hostKeys.ed25519, credentials)
      expect(await files.list(['*.bin'])).toMatchObject([{ path: 'a b.bin', size: content.length }])
      expect((await bytesOf(files.read('a b.bin'))).equals(content)).toBe(true)
    }
  })

  test('in an empty folder are no empty listing, and outside of it are not read', async () => {
    const files = client(server.hostKeys.ed25519, { privateKey: server.privateKey })
    await expect(files.list()).rejects.toThrow(SourceUnavailable)
    await symlink('/etc/hostname', join(server.folder, 'a.csv'))
    await expect(files.list()).rejects.toThrow(SourceRefused)
  })

  test('are not read by a key that the server does not know, nor under another host key', async () => {
    const stranger = newKeyPair().private
    await expect(client(server.hostKeys.ed25519, { privateKey: stranger }).list()).rejects.toThrow(/does not let us in/)
    await expect(client(server.hostKeys.rsa, { privateKey: server.privateKey }).list()).rejects.toThrow(/someone stands between/)
  })
})
