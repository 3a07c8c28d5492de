import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../cli/embedded/folder-state.js'
import { exists, librariesOf, unpackedPackages } from '../../support/debian.js'
import { until } from '../../support/until.js'

export interface OpenSshProgram {
  server: string
  /** Folder of libraries that the system may lack. */
  libraries: string
}

/** The OpenSSH server that is installed, or the one of Debian's packages; or in words why there is none. */
export async function findOpenSsh(): Promise<OpenSshProgram | string> {
  for (const server of ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/opt/homebrew/sbin/sshd'])
    if (await exists(server)) return { server, libraries: '/usr/lib' }
  try {
    const unpacked = await unpackedPackages('sshd', ['openssh-server', 'libwrap0'])
    return { server: join(unpacked, 'usr/sbin/sshd'), libraries: await librariesOf(unpacked) }
  } catch (error) {
    return `there is no sshd, and its packages cannot be had: ${(error as Error).message.split('\n')[0]}`
  }
}

export interface OpenSsh {
  /** `sftp://127.0.0.1:port/…/folder`, by its whole path. */
  url: string
  folder: string
  hostKeys: { ed25519: string; rsa: string }
  username: string
  /** Our own key, and one with a passphrase; the server knows both. */
  privateKey: string
  lockedKey: { privateKey: string; passphrase: string }
  stop(): Promise<void>
}

/** As root it would want a user of its own, which a package makes; anyone else it lets in as himself only. */
const nobody = { uid: 65_534, gid: 65_534 }

/** Starts it over a folder of its own, by key alone. */
export async function startOpenSsh({ server: program, libraries }: OpenSshProgram): Promise<OpenSsh> {
  const home = await mkdtemp(join(tmpdir(), 'gemaal-sshd-'))
  await chmod(home, 0o755)
  const folder = join(home, 'uit')
  await mkdir(folder)
  const passphrase = 'een zin die lang is'
  const key = (name: string, type: string, words: string) =>
    run('ssh-keygen', ['-q', '-t', type, '-N', words, '-f', join(home, name), '-C', 'test', ...(type === 'rsa' ? ['-b', '2048'] : [])])
  key('host-ed25519', 'ed25519', '')
  key('host-rsa', 'rsa', '')
  key('own', 'ed25519', '')
  key('locked', 'rsa', passphrase)
  const read = (name: string) => readFile(join(home, name), 'utf8')
  await writeFile(join(home, 'authorized'), (await read('own.pub')) + (await read('locked.pub')))
  const port = await freePort()
  await writeFile(
    join(home, 'config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(home, 'host-ed25519')}`,
      `HostKey ${join(home, 'host-rsa')}`,
      `AuthorizedKeysFile ${join(home, 'authorized')}`,
      'PasswordAuthentication no',
      // Without, it takes an account that has no password for a locked one.
      'UsePAM yes',
      'StrictModes no',
      `PidFile ${join(home, 'pid')}`,
      'Subsystem sftp internal-sftp',
    ].join('\n'),
  )
  const isRoot = userInfo().uid === 0
  if (isRoot) for (const name of [...(await readdir(home)), '.']) await chown(join(home, name), nobody.uid, nobody.gid)
  const server: ChildProcess = spawn(program, ['-D', '-e', '-f', join(home, 'config')], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    stdio: 'ignore',
    ...(isRoot && nobody),
  })
  await until(() => answers(port), 'the OpenSSH server answers')
  const fingerprint = (name: string) => run('ssh-keygen', ['-l', '-f', join(home, `${name}.pub`)]).split(' ')[1]!
  return {
    url: `sftp://127.0.0.1:${port}${folder}`,
    folder,
    hostKeys: { ed25519: fingerprint('host-ed25519'), rsa: fingerprint('host-rsa') },
    username: isRoot ? 'nobody' : userInfo().username,
    privateKey: await read('own'),
    lockedKey: { privateKey: await read('locked'), passphrase },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}

function run(command: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`)
  return stdout
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
