import type { Context, SourceRecord } from '../connector.js'
import { detailOf } from './detail.js'
import { allOf } from './list.js'
import { emptyToNull, uuidOf } from './normalise.js'

/** What makes a zaak, a status, a document or a besluit readable. */
export interface Catalogus {
  /** By address or uuid; undefined for a zaaktype that the catalogi of this server do not have, or do not show us. */
  zaaktype(address: unknown): Promise<ReadableZaaktype | undefined>
  statustype(address: unknown): Promise<ReadableStatustype | undefined>
  /** The omschrijving of a documenttype, which is the same in all its versions. */
  informatieobjecttype(address: unknown): Promise<string | undefined>
  besluittype(address: unknown): Promise<string | undefined>
}

export interface ReadableZaaktype {
  identificatie: string | null
  /** Of the newest version of the zaaktype, so that one zaaktype has one name. */
  omschrijving: string | null
}

export interface ReadableStatustype {
  omschrijving: string | null
  isEindstatus: boolean | null
}

type Reader = Pick<Context, 'http'>

/** Reads all types of one sort at the first question about one, and answers from memory: for a slice. */
export function wholeCatalogus(ctx: Reader): Catalogus {
  const zaaktypen = once(async () => {
    const versions = (await allOf(ctx, { api: 'catalogi', path: 'zaaktypen', params: { status: 'alles' } })).map((record) =>
      emptyToNull(record),
    )
    const newest = new Map<string, SourceRecord>()
    for (const version of versions) {
      const known = newest.get(lineOf(version))
      if (!known || isNewer(version, known)) newest.set(lineOf(version), version)
    }
    return new Map(versions.map((version) => [uuidOf(version.url), readable(version, newest.get(lineOf(version))!)]))
  })
  const statustypen = once(async () => {
    const records = await allOf(ctx, { api: 'catalogi', path: 'statustypen', params: { status: 'alles' } })
    return new Map(records.map((record) => [uuidOf(record.url), readableStatustype(record)]))
  })
  const omschrijvingen = (path: string) =>
    once(async () => {
      const records = await allOf(ctx, { api: 'catalogi', path, params: { status: 'alles' } })
      return new Map(records.map((record) => [uuidOf(record.url), omschrijvingOf(record)]))
    })
  const informatieobjecttypen = omschrijvingen('informatieobjecttypen')
  const besluittypen = omschrijvingen('besluittypen')
  const late = fewOfCatalogus(ctx)
  return {
    // What is not there was added after the catalogus was read, or is in the catalogus of another server.
    zaaktype: async (address) => (await zaaktypen()).get(uuidOf(address)) ?? late.zaaktype(address),
    statustype: async (address) => (await statustypen()).get(uuidOf(address)) ?? late.statustype(address),
    informatieobjecttype: async (address) => (await informatieobjecttypen()).get(uuidOf(address)) ?? late.informatieobjecttype(address),
    besluittype: async (address) => (await besluittypen()).get(uuidOf(address)) ?? late.besluittype(address),
  }
}

/** Looks up each type that is asked for, once: for a few keys. */
export function fewOfCatalogus(ctx: Reader): Catalogus {
  const found = new Map<string, Promise<SourceRecord | undefined>>()
  const lookUp = (path: string, address: unknown) => {
    const uuid = uuidOf(address)
    if (uuid === undefined) return Promise.resolve(undefined)
    const key = `${path}/${uuid}`
    const known =
      found.get(key) ?? detailOf(ctx.http, 'catalogi', key).then((says) => ('found' in says ? emptyToNull(says.found) : undefined))
    found.set(key, known)
    return known
  }
  const lines = new Map<string, Promise<SourceRecord>>()
  const newestOf = (version: SourceRecord) => {
    const line = lineOf(version)
    const known = lines.get(line) ?? newestVersion(ctx, version)
    lines.set(line, known)
    return known
  }
  return {
    zaaktype: async (address) => {
      const version = await lookUp('zaaktypen', address)
      return version && readable(version, await newestOf(version))
    },
    statustype: async (address) => {
      const record = await lookUp('statustypen', address)
      return record && readableStatustype(record)
    },
    informatieobjecttype: async (address) => omschrijvingOf(await lookUp('informatieobjecttypen', address)),
    besluittype: async (address) => omschrijvingOf(await lookUp('besluittypen', address)),
  }
}

/** The addresses of all versions of the zaaktypen with these identificaties, as the Catalogi API spells them. */
export async function versionsOf(ctx: Reader, identificaties: readonly string[]): Promise<string[]> {
  const addresses: string[] = []
  for (const identificatie of identificaties) {
    const versions = await allOf(ctx, { api: 'catalogi', path: 'zaaktypen', params: { status: 'alles', identificatie } })
    addresses.push(...versions.map((version) => version.url).filter((url) => typeof url === 'string'))
  }
  return [...new Set(addresses)]
}

async function newestVersion(ctx: Reader, version: SourceRecord): Promise<SourceRecord> {
  if (typeof version.identificatie !== 'string') return version
  const versions = await allOf(ctx, {
    api: 'catalogi',
    path: 'zaaktypen',
    params: { status: 'alles', identificatie: version.identificatie },
  })
  return versions
    .map((record) => emptyToNull(record))
    .filter((other) => lineOf(other) === lineOf(version))
    .reduce((newest, other) => (isNewer(other, newest) ? other : newest), version)
}

/** The versions of one zaaktype share their identificatie within a catalogus. */
const lineOf = ({ catalogus, identificatie }: SourceRecord): string => `${uuidOf(catalogus)} ${identificatie}`

/** A published version goes before a concept; then the later validity, the later version; the uuid makes the choice the same each time. */
function isNewer(a: SourceRecord, b: SourceRecord): boolean {
  const rank = (record: SourceRecord) =>
    [record.concept === true ? '0' : '1', record.beginGeldigheid, record.versiedatum, uuidOf(record.url)].map((part) => String(part ?? ''))
  const [left, right] = [rank(a), rank(b)]
  for (const [at, part] of left.entries()) if (part !== right[at]) return part > right[at]!
  return false
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const omschrijvingOf = (record: SourceRecord | undefined): string | undefined => textOrNull(record?.omschrijving) ?? undefined

function readable(version: SourceRecord, newest: SourceRecord): ReadableZaaktype {
  return { identificatie: textOrNull(version.identificatie), omschrijving: textOrNull(newest.omschrijving) }
}

function readableStatustype({ omschrijving, isEindstatus }: SourceRecord): ReadableStatustype {
  return { omschrijving: textOrNull(omschrijving), isEindstatus: typeof isEindstatus === 'boolean' ? isEindstatus : null }
}

/** Runs once, also when asked again meanwhile; a failure is not kept. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}
