/** Who Postgres runs as, and where that user can keep a cluster. Postgres refuses to run as root. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface User {
  name: string
  uid: number
  gid: number
}

/**
 * @param data the folder of the cluster, which need not exist
 * @returns undefined when this process is not root and Postgres runs as the same user. For root: the owner of the cluster, else the user
 *   `postgres`, else `nobody`
 */
export async function postgresUser(data: string): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const cluster = await stat(data).catch(() => undefined)
  if (cluster && cluster.uid !== 0) return { name: `number ${cluster.uid}`, uid: cluster.uid, gid: cluster.gid }
  return (await userNamed('postgres')) ?? (await userNamed('nobody')) ?? { name: 'nobody', uid: 65534, gid: 65534 }
}

async function userNamed(name: string): Promise<User | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}

/** Whether the user may run a file, or pass through a folder. Asked of the system itself: every folder above it counts. */
export async function canReach(path: string, user: User | undefined): Promise<boolean> {
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  return run('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { cwd: '/', ...as }).then(
    () => true,
    () => false,
  )
}

const note = 'elsewhere'

/** The folder that holds the cluster now, as far as a start before this one decided it. */
export async function notedPlace(folder: string): Promise<string> {
  return (await readFile(join(folder, note), 'utf8').catch(() => '')).trim() || folder
}

/**
 * The folder in which the user keeps the cluster: the given folder where the user can reach it. Where not, as in a checkout under the home of
 * root, which is closed to others, a folder elsewhere that the file `<folder>/elsewhere` names, so that the next start finds it again.
 */
export async function placeOfCluster(folder: string, user: User | undefined): Promise<string> {
  await mkdir(folder, { recursive: true })
  const noted = await notedPlace(folder)
  if (noted !== folder || !user || (await canReach(folder, user))) return noted
  const place = await folderElsewhere(folder, user)
  await writeFile(join(folder, note), `${place}\n`)
  return place
}

async function folderElsewhere(folder: string, user: User): Promise<string> {
  const name = `${basename(folder)}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  // /var/lib first, because a temporary folder is swept, on many systems after ten days.
  for (const parent of ['/var/lib', tmpdir(), '/tmp']) {
    const place = join(parent, 'gemaal', name)
    const refused = await mkdir(place, { recursive: true }).then(
      () => false,
      () => true,
    )
    if (refused) continue
    const ours = join(parent, 'gemaal')
    if ((await stat(ours)).uid !== 0) continue // someone else's: it could be changed under us
    for (const made of [ours, place]) await chmod(made, 0o755) // whatever the umask
    if (await canReach(place, user)) return place
  }
  throw new Error(
    `Postgres runs as user ${user.name}, who can reach neither ${folder} nor a folder of ours in /var/lib or ${tmpdir()}. ` +
      `Start Gemaal as another user than root, or in a folder that ${user.name} may pass through, or set DATABASE_URL.`,
  )
}

/** Gives a file or an empty folder to the user. Does nothing when there is no other user. */
export async function give(path: string, user: User | undefined): Promise<void> {
  if (user) await chown(path, user.uid, user.gid)
}
