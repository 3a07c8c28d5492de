/** The abonnementen of a project at Notificaties APIs: where a source tells us what changed, and which kanalen. */
import { createHash } from 'node:crypto'
import type { Project } from '../config/project.js'
import type { SourceFile } from '../config/source.js'
import { credentialVariable, findCredential } from '../config/values.js'
import type { Connector, HttpClient } from '../connectors/connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../connectors/errors.js'
import { openHttp } from '../connectors/http.js'
import type { Database } from '../sql/database.js'
import { type Abonnement, forgetAbonnement, storeAbonnement, storedAbonnementen } from '../sql/notified.js'
import { callbackCredential } from './notified.js'
import { type ProjectPlan, streamsOfSource } from './planning/plan.js'
import { clientOptions, type SourceOptions, settingOf } from './source-client.js'

export interface AbonnementChange {
  source: string
  what: 'make' | 'change' | 'remove'
  words: string
}

interface Wanted extends Abonnement {
  file: SourceFile
  connector: Connector
  secret: string
}

/**
 * What apply would do, by what it did last; asks no Notificaties API.
 *
 * @throws SourceRefused when an address or the secret is not found
 */
export async function planAbonnementen(
  db: Database,
  project: Project,
  plan: ProjectPlan,
  options: SourceOptions,
): Promise<AbonnementChange[]> {
  const stored = await storedAbonnementen(db)
  const wanted = wantedOf(project, plan, options)
  const changes = wanted.flatMap((each): AbonnementChange[] => {
    const old = stored.get(each.source)
    if (old && isSame(old, each)) return []
    return [changeOf(each, old ? 'change' : 'make')]
  })
  return [...changes, ...leftOver(stored, wanted).map((old) => changeOf(old, 'remove'))]
}

/**
 * Makes the abonnementen what the project says; safe to repeat, also after one was lost at the other side. What cannot be done is said in `problems`
 * and keeps nothing else from being done.
 */
export async function applyAbonnementen(
  db: Database,
  project: Project,
  plan: ProjectPlan,
  options: SourceOptions,
): Promise<{ changes: AbonnementChange[]; problems: string[] }> {
  const stored = await storedAbonnementen(db)
  const changes: AbonnementChange[] = []
  const problems: string[] = []
  const trying = async (source: string, work: () => Promise<AbonnementChange | undefined>): Promise<void> => {
    try {
      const change = await work()
      if (change) changes.push(change)
    } catch (error) {
      if (!(error instanceof SourceRefused || error instanceof SourceUnavailable || error instanceof UnexpectedResponse)) throw error
      problems.push(`the abonnement of source '${source}' is not as it should be: ${error.message}`)
    }
  }
  const wanted = wantedOf(project, plan, options)
  for (const each of wanted) await trying(each.source, () => subscribe(db, each, stored.get(each.source), options))
  for (const old of leftOver(stored, wanted))
    await trying(old.source, async () => {
      const file = project.sources.get(old.source)
      const connector = file && streamsOfSource(plan, old.source)[0]?.connector
      if (!file || !connector)
        throw new SourceRefused(
          `nothing in the project says any more how ${old.address} is called. Remove the abonnement on ${old.callback} there.`,
        )
      await withClient({ ...old, file, connector }, options, async (http) => {
        for (const { url } of await own(http, old.callback)) await remove(http, url)
      })
      await forgetAbonnement(db, old.source)
      return changeOf(old, 'remove')
    })
  return { changes, problems }
}

function wantedOf(project: Project, plan: ProjectPlan, { environment }: SourceOptions): Wanted[] {
  return [...project.sources.values()].flatMap((file) => {
    const connector = streamsOfSource(plan, file.name)[0]?.connector
    if (!file.notificaties || !connector?.notificaties) return []
    const secret = findCredential(file, callbackCredential, environment)
    if (!secret.value)
      throw new SourceRefused(
        `source '${file.name}': the secret with which it calls us was not found; looked at ${secret.looked.join(', ')}. Make one up, such as with \`openssl rand -base64 32\`.`,
      )
    const { baseUrl, callback } = file.notificaties
    return [
      {
        source: file.name,
        address: settingOf(file, baseUrl, 'notificaties.baseUrl', environment),
        callback: settingOf(file, callback, 'notificaties.callback', environment),
        kanalen: [...connector.notificaties.kanalen].sort(),
        fingerprint: createHash('sha256').update(secret.value.reveal()).digest('hex').slice(0, 16),
        file,
        connector,
        secret: secret.value.reveal(),
      },
    ]
  })
}

const leftOver = (stored: ReadonlyMap<string, Abonnement>, wanted: readonly Wanted[]): Abonnement[] =>
  [...stored.values()].filter((old) => !wanted.some((each) => each.source === old.source))

function isSame(old: Abonnement, now: Abonnement): boolean {
  const { address, callback, fingerprint } = now
  return (
    old.address === address && old.callback === callback && old.fingerprint === fingerprint && old.kanalen.join() === now.kanalen.join()
  )
}

function changeOf({ source, kanalen, address }: Abonnement, what: AbonnementChange['what']): AbonnementChange {
  const words = {
    make: `${source} tells us what changes: kanalen ${kanalen.join(', ')}`,
    change: `${source} tells us what changes as the source file says now: kanalen ${kanalen.join(', ')}`,
    remove: `${source} no longer tells us what changes: the abonnement at ${new URL(address).host} goes`,
  }
  return { source, what, words: words[what] }
}

/** Whoever has the callback address of ours is ours; of several the first is kept. */
async function subscribe(
  db: Database,
  wanted: Wanted,
  old: Abonnement | undefined,
  options: SourceOptions,
): Promise<AbonnementChange | undefined> {
  const { source, address, callback, kanalen, fingerprint, secret } = wanted
  const body = { callbackUrl: callback, auth: secret, kanalen: kanalen.map((naam) => ({ naam, filters: {} })) }
  const what = await withClient(wanted, options, async (http) => {
    const [first, ...others] = await own(http, callback)
    for (const { url } of others) await remove(http, url)
    if (first && old && isSame(old, wanted) && first.kanalen.join() === kanalen.join()) return undefined
    await asked(() => http.request(first ? { url: first.url, method: 'PUT', body } : { url: 'abonnement', method: 'POST', body }), callback)
    return first ? ('change' as const) : ('make' as const)
  })
  if (!what) return undefined
  await storeAbonnement(db, { source, address, callback, kanalen, fingerprint })
  return changeOf(wanted, what)
}

/** It calls us while it answers, so that what it refuses is most often that it did not reach us. */
async function asked<T>(ask: () => Promise<T>, callback: string): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof UnexpectedResponse || error instanceof SourceUnavailable)
      throw new SourceRefused(
        `${error.message} It calls ${callback} at once, first without our secret and then with it: a worker with GEMAAL_CALLBACK_PORT has to run, and to be reached from there at that address. Then run \`gemaal apply\` again.`,
      )
    throw error
  }
}

interface Found {
  url: string
  kanalen: string[]
}

async function own(http: HttpClient, callback: string): Promise<Found[]> {
  const { body, where } = await http.request({ url: 'abonnement' })
  if (!Array.isArray(body))
    throw new UnexpectedResponse(`${where}: there is no list of abonnementen. Check notificaties.baseUrl in the source file.`)
  return (body as { url: string; callbackUrl: string; kanalen?: { naam: string }[] }[])
    .filter((each) => each.callbackUrl === callback)
    .map(({ url, kanalen = [] }) => ({ url: `abonnement/${url.split('/').at(-1)}`, kanalen: kanalen.map(({ naam }) => naam).sort() }))
}

async function remove(http: HttpClient, url: string): Promise<void> {
  await http.request({ url, method: 'DELETE', accept: [404] })
}

/** A client of the Notificaties API, which has a login of its own, or that of the source. */
async function withClient<T>(
  { file, connector, address }: Pick<Wanted, 'file' | 'connector' | 'address'>,
  options: SourceOptions,
  work: (http: HttpClient) => Promise<T>,
): Promise<T> {
  const names: { readonly [field: string]: string } = { clientId: 'notificatiesClientId', secret: 'notificatiesSecret' }
  const fieldOf = (field: string) => {
    const own = names[field]
    return own !== undefined && findCredential(file, own, options.environment).value ? own : field
  }
  const { credentials, ...settings } = clientOptions(file, connector, options)
  const http = openHttp({
    ...settings,
    baseUrl: address,
    apis: undefined,
    knownAs: {},
    authentication: { by: 'zgw' },
    credentials: (field) => credentials(fieldOf(field)),
    credentialSetting: (field) => credentialVariable(file.name, fieldOf(field)),
  })
  try {
    return await work(http.of({ stream: 'notificaties', signal: AbortSignal.timeout(60_000), exact: false }))
  } finally {
    http.close()
  }
}
