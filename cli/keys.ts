/** `gemaal keys`: the keys that make pseudonyms, one a domain. They are kept outside of the warehouse; it knows their fingerprints alone. */
import { isAbsolute, relative, resolve } from 'node:path'
import { isBeside } from '../config/layout.js'
import { findPseudonymKey, shouted } from '../config/values.js'
import { kebabCase } from '../config/words.js'
import { audit } from '../sql/audit.js'
import { type KnownKey, knownPseudonymKeys, replacePseudonymKey } from '../sql/pseudonym-keys.js'
import type { ProjectPlan } from '../worker/planning/plan.js'
import { fingerprintOf, newPseudonymKey, type PseudonymKey, readPseudonymKey } from '../worker/pseudonyms.js'
import { pseudonymises, Workspace } from '../worker/workspace.js'
import { confirm } from './confirm.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { makeFile } from './files.js'
import { whoAsks } from './runs.js'

/** `keys new <domain>`: shows a new key, once. */
export async function make(context: CommandContext, [domain = '']: string[], options: { write?: string }): Promise<number> {
  checkDomain(domain)
  const warehouse = await context.standingWarehouse()
  const known = warehouse ? (await knownPseudonymKeys(warehouse.db)).filter((k) => k.domain === domain) : []
  const current = known.find((k) => k.current)
  if (current) {
    throw new UsageError(
      `domain '${domain}' has the key ${current.id} in use, and with another one nothing new could be joined with what landed. Where the key is ` +
        `missing, copy it from where it is kept; where it is lost or leaked, \`gemaal keys replace ${domain}\` starts a new generation.`,
    )
  }
  const key = fresh(domain, known)
  await hand(context, key, options.write)
  const { out } = context
  out.say(`Key ${key.read.id} of domain '${domain}', fingerprint ${fingerprintOf(key.read)}${shownOnce(options.write)}.`)
  out.say(
    'Give it to each worker, and keep a copy in the vault: without it what lands from now on cannot be joined with what landed before.',
  )
  return exit.good
}

/** A domain that pseudonymises, and its key. */
interface DomainLine {
  domain: string
  datasets: string[]
  /** Id of the key at hand here. */
  key: string | null
  fingerprint: string | null
  /** Where the key was found, or where it was looked for. */
  place: string
  inUse: string | null
  inUseSince: Date | null
  state: string
}

/** `keys list`: the domains that the project needs. */
export async function list(context: CommandContext): Promise<number> {
  const { out } = context
  const warehouse = await context.standingWarehouse()
  const { plan } = await context.plan()
  const known = warehouse ? await knownPseudonymKeys(warehouse.db) : []
  const lines = domainsOf(plan).map(({ domain, datasets }) => lineOf(context, domain, datasets, known))
  if (!out.json && lines.length === 0) {
    out.say('No dataset of this project holds a pseudonym, so that it needs no key.')
    return exit.good
  }
  out.table(lines, [
    { name: 'domain' },
    { name: 'state' },
    { name: 'key' },
    { name: 'fingerprint' },
    { name: 'inUseSince', title: 'in use since' },
    { name: 'datasets' },
  ])
  for (const line of lines) if (line.key === null) out.say(`${line.domain}: ${line.place}. \`gemaal keys new ${line.domain}\` makes a key.`)
  if (!warehouse) out.say('There is no warehouse to ask which keys are in use.')
  return exit.good
}

function lineOf(context: CommandContext, domain: string, datasets: string[], known: readonly KnownKey[]): DomainLine {
  const found = findPseudonymKey(domain, context.environment)
  const key = found.value && readPseudonymKey(domain, found.value.reveal())
  const current = known.find((k) => k.domain === domain && k.current)
  const same = key && current && key.id === current.id && fingerprintOf(key) === current.fingerprint
  return {
    domain,
    datasets,
    key: key?.id ?? null,
    fingerprint: key ? fingerprintOf(key) : null,
    place:
      found.value === undefined ? `looked at ${found.looked.join('; ')}` : key ? `found in ${found.from}` : `${found.from} holds no key`,
    inUse: current?.id ?? null,
    inUseSince: current?.firstUsedAt ?? null,
    state: !key ? 'missing' : !current ? 'present, not used yet' : same ? 'present' : `another key (${current.id} is in use)`,
  }
}

/** `keys replace <domain>`: a new generation. */
export async function replace(
  context: CommandContext,
  [domain = '']: string[],
  options: { write?: string; yes?: boolean },
): Promise<number> {
  checkDomain(domain)
  const { out } = context
  const warehouse = await context.warehouse()
  const known = (await knownPseudonymKeys(warehouse.db)).filter((k) => k.domain === domain)
  const current = known.find((k) => k.current)
  if (!current)
    throw new UsageError(
      `domain '${domain}' has no key in use, so that there is none to replace; \`gemaal keys new ${domain}\` makes its first`,
    )
  const key = fresh(domain, known)
  for (const line of [
    `Key ${key.read.id} comes in place of ${current.id} for domain '${domain}'. From then on:`,
    `  a worker that still has ${current.id} refuses to read the datasets of this domain, until it gets the new key and starts anew;`,
    `  the next \`gemaal apply\` removes the old pseudonyms from history, quarantine and staging, and from the datasets with their next reading, which is full;`,
    '  what was copied out of the warehouse, or is kept in another system, can be joined with it no more.',
  ])
    out.say(line)
  await confirm(context, `This cannot be taken back: ${current.id} is not used again.`, options.yes)
  const destination = options.write === undefined ? undefined : await write(context, key, options.write)
  await warehouse.db.transaction().execute(async (trx) => {
    const identity = { domain, id: key.read.id, fingerprint: fingerprintOf(key.read) }
    await replacePseudonymKey(trx, identity)
    await audit(trx, { who: whoAsks(), action: 'keys replace', object: domain, detail: { from: current.id, to: key.read.id } })
  })
  show(context, key, destination)
  out.say(`Key ${key.read.id}, fingerprint ${fingerprintOf(key.read)}, is in use${shownOnce(options.write)}.`)
  out.say('Next: give it to each worker and start them anew, then gemaal apply, then gemaal run <source> --full')
  return exit.good
}

const shownOnce = (file: string | undefined): string => (file === undefined ? '; it is shown this once' : '')

interface NewKey {
  variable: string
  text: string
  read: PseudonymKey
}

/** A key whose id none of the domain had before: pseudonyms say by which one they were made. */
function fresh(domain: string, known: readonly KnownKey[]): NewKey {
  const generations = known.map((k) => Number(/\d+$/.exec(k.id)?.[0] ?? 0))
  const text = newPseudonymKey(domain, Math.max(0, ...generations) + 1)
  return { variable: `GEMAAL_KEY_${shouted(domain)}`, text, read: readPseudonymKey(domain, text)! }
}

async function hand(context: CommandContext, key: NewKey, file: string | undefined): Promise<void> {
  show(context, key, file === undefined ? undefined : await write(context, key, file))
}

/** The one place where a key is shown: as the line of a variable that can be read by a shell. */
function show({ out }: CommandContext, { variable, text, read }: NewKey, file: string | undefined): void {
  const [name, value] = file === undefined ? [variable, text] : [`${variable}_FILE`, file]
  out.data(out.json ? { domain: read.domain, id: read.id, fingerprint: fingerprintOf(read), variable: name, value } : `${name}=${value}`)
}

/** @returns the whole path of the file */
async function write(context: CommandContext, { text }: NewKey, file: string): Promise<string> {
  const path = resolve(file)
  const inside = pathInProject(context, path)
  if (inside !== undefined && !isBeside(inside))
    throw new UsageError(
      `${inside} would be a file of the project, which is shared by Git. Put the key elsewhere, such as .gemaal/${inside.split('/').at(-1)}`,
    )
  if (!(await makeFile(path, `${text}\n`, 0o600))) throw new UsageError(`${path} is there already and is not overwritten`)
  return path
}

/** A path under the project folder; undefined outside of it, or without a project. */
function pathInProject(context: CommandContext, path: string): string | undefined {
  try {
    const below = relative(context.projectFolder, path)
    return below.startsWith('..') || isAbsolute(below) ? undefined : below.replaceAll('\\', '/')
  } catch {
    return undefined
  }
}

function checkDomain(domain: string): void {
  if (!kebabCase.test(domain)) throw new UsageError(`'${domain}' is no pseudonym domain; expected a name in kebab-case, such as sociaal`)
}

/** The domains whose key some dataset needs, with those datasets. */
export function domainsOf(plan: ProjectPlan): { domain: string; datasets: string[] }[] {
  const domains = new Map<string, Set<string>>()
  for (const dataset of Workspace.plansOf(plan)) {
    if (dataset.domain === undefined || !pseudonymises(dataset)) continue
    domains.set(dataset.domain, (domains.get(dataset.domain) ?? new Set()).add(dataset.name))
  }
  return [...domains].sort(([a], [b]) => (a < b ? -1 : 1)).map(([domain, datasets]) => ({ domain, datasets: [...datasets].sort() }))
}
