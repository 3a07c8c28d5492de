/** The machine: Node.js, the data folder and its disk, proxies. */
import { existsSync } from 'node:fs'
import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Secret } from '../../config/secret.js'
import { agentsFor } from '../../connectors/proxy.js'
import type { CommandContext } from '../context.js'
import { type Check, Checks, reasonOf } from './check.js'

const gigabyte = 1024 ** 3
/** Below this a full reading of a large source may not fit beside the write-ahead log. */
const littleBytes = 5 * gigabyte
/** Below this Postgres soon refuses to write. */
const tooLittleBytes = gigabyte / 2

export async function checkMachine(context: CommandContext): Promise<Check[]> {
  const checks = new Checks('machine')
  checks.ok(`Node.js ${process.versions.node}, ${process.platform} ${process.arch}`)
  await checkDisk(context, checks)
  checkProxy(context, checks)
  return checks.all
}

async function checkDisk({ folder }: CommandContext, checks: Checks): Promise<void> {
  const place = standing(folder)
  try {
    await access(place, constants.W_OK)
  } catch {
    checks.problem(
      `${place} cannot be written, and the data folder ${folder} is there`,
      'set GEMAAL_DATA to a folder that this user may write',
    )
    return
  }
  const { bavail, bsize } = await statfs(place)
  const free = bavail * bsize
  const words = `${(free / gigabyte).toFixed(1)} GB free for the data folder ${folder}`
  if (free < tooLittleBytes) checks.problem(words, 'make room, or set GEMAAL_DATA to a folder on another disk')
  else if (free < littleBytes) checks.warning(words, 'make room before a large source is read in full')
  else checks.ok(words)
}

/** The folder, or the nearest one above it that is there. */
function standing(folder: string): string {
  let place = folder
  while (!existsSync(place)) place = dirname(place)
  return place
}

function checkProxy({ settings }: CommandContext, checks: Checks): void {
  const { http, https, no } = settings.proxy
  if (!http && !https) {
    checks.ok('no proxy is set: sources are called straight')
    return
  }
  const shown = (name: string, url: Secret | undefined) => (url ? [`${name} ${originOf(url)}`] : [])
  try {
    agentsFor({ http: http?.reveal(), https: https?.reveal(), no })
    checks.ok([...shown('HTTP_PROXY', http), ...shown('HTTPS_PROXY', https), ...(no ? [`NO_PROXY ${no}`] : [])].join(', '))
  } catch (error) {
    checks.problem(reasonOf(error), 'correct the variable')
  }
}

/** Without the user and password that it may hold. */
function originOf(url: Secret): string {
  const text = url.reveal()
  const full = text.includes('://') ? text : `http://${text}`
  return URL.canParse(full) ? new URL(full).origin : 'no address'
}
