import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../cli/embedded/folder-state.js'
import { until } from '../../support/until.js'

/** The OpenSSH server of this machine; undefined where it has none. */
export const openSshServer: string | undefined = [
  process.env.GEMAAL_TEST_SSHD,
  '/usr/sbin/sshd',
  '/usr/local/sbin/sshd',
  '/opt/homebrew/sbin/sshd',
].find((path) => path !== undefined && existsSync(path))

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

/** Starts it as this user, over a folder of its own, by key alone. */
export async function startOpenSsh(): Promise<OpenSsh> {
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
      'UsePAM no',
      'StrictModes no',
      `PidFile ${join(home, 'pid')}`,
      'Subsystem sftp internal-sftp',
    ].join('\n'),
  )
  // As root it wants this folder, which a package makes when the machine starts.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
  const server: ChildProcess = spawn(openSshServer!, ['-D', '-e', '-f', join(home, 'config')], { stdio: 'ignore' })
  await until(() => answers(port), 'the OpenSSH server answers')
  const fingerprint = (name: string) => run('ssh-keygen', ['-l', '-f', join(home, `${name}.pub`)]).split(' ')[1]!
  return {
    url: `sftp://127.0.0.1:${port}${folder}`,
    folder,
    hostKeys: { ed25519: fingerprint('host-ed25519'), rsa: fingerprint('host-rsa') },
    username: userInfo().username,
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
