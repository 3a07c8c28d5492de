/** A disk of a few dozen megabytes that a test can fill and make room on. */
import { execFile } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openFolder } from './folder.js'

const run = promisify(execFile)

export interface SmallDisk {
  /** A folder on it. */
  path: string
  /** Leaves about so many bytes free. */
  fill(leave: number): Promise<void>
  /** Gives the room back. */
  room(): Promise<void>
  remove(): Promise<void>
}

/** @returns undefined where this user may not mount */
export async function openSmallDisk(megabytes: number): Promise<SmallDisk | undefined> {
  const folder = await openFolder()
  const disk = join(folder.path, 'disk')
  await mkdir(disk)
  const sudo = await mount(disk, megabytes)
  if (sudo === undefined) {
    await folder.remove()
    return undefined
  }
  const ballast = join(disk, 'ballast')
  return {
    path: disk,
    async fill(leave) {
      const { bavail, bsize } = await statfs(disk)
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave), 1))
    },
    room: () => rm(ballast, { force: true }),
    async remove() {
      await asRoot(sudo, ['umount', disk])
      await folder.remove()
    },
  }
}

/** @returns whether it took sudo; undefined when it is not allowed at all */
async function mount(disk: string, megabytes: number): Promise<boolean | undefined> {
  for (const sudo of [false, true]) {
    const mounted = await asRoot(sudo, ['mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', disk]).then(
      () => true,
      () => false,
    )
    if (mounted) return sudo
  }
  return undefined
}

async function asRoot(sudo: boolean, [command = '', ...args]: string[]): Promise<void> {
  await (sudo ? run('sudo', ['-n', command, ...args]) : run(command, args))
}
