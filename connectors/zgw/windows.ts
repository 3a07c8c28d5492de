import type { Context, PushedCondition, Slice, SliceContext } from '../connector.js'
import { filtersOnAddress } from './by-address.js'
import { versionsOf } from './catalogus.js'
import { type List, peek } from './list.js'
import { prefixOf, uuidOf } from './normalise.js'

/** Days of registration, both exclusive, since the API knows `registratiedatum__gt` and `__lt` alone. An open side has no limit. */
export type Window = {
  after?: string
  before?: string
}

/** What a slice of zaken reads. */
export type ZakenSlice = {
  window?: Window
  /** Address of a zaaktype as the records of the server spell it. */
  zaaktype?: string
  /** The day at the source when the reading was planned. */
  day: string
}

/** So many zaken are read in about a minute, one page after another. */
const zakenASlice = 10_000
const mostSlices = 48
/** More lists than this cost more than what they leave out. */
const mostZaaktypen = 12

const dayMs = 24 * 60 * 60_000

/** A day of the calendar, `YYYY-MM-DD`. A server that does not check its data can show another text in its place. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const moment = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(value)
}

/** The day that is `days` later, on the calendar. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)
}

/** The conditions that the list can filter on, as its parameters. */
export function filtersOf(where: readonly PushedCondition[]): { [name: string]: string } {
  const params: { [name: string]: string } = {}
  for (const condition of where) {
    if (condition.column === 'einddatum' && 'is' in condition) params.einddatum__isnull = 'true'
    if (condition.column === 'vertrouwelijkheidaanduiding' && 'atMost' in condition)
      params.maximaleVertrouwelijkheidaanduiding = condition.atMost
  }
  return params
}

/** The window that the datasets ask for. A day more on each side harms nothing: the conditions are judged again on each record. */
export function windowOf(where: readonly PushedCondition[]): Window {
  const range = where.find((condition) => condition.column === 'registratiedatum' && ('from' in condition || 'to' in condition))
  const { from, to } = (range ?? {}) as { from?: string; to?: string }
  return { ...(from ? { after: addDays(from, -1) } : {}), ...(to ? { before: addDays(to, 1) } : {}) }
}

export function paramsOfWindow({ after, before }: Window): { [name: string]: string } {
  return { ...(after ? { registratiedatum__gt: after } : {}), ...(before ? { registratiedatum__lt: before } : {}) }
}

/**
 * Divides the zaken into slices that can be read at once: one where they are few; else windows of registration days, cut by what the source
 * counts in them, or by year where it does not count exactly. The first and last window are open, so that each zaak is in one of them.
 *
 * @param aSlice how many zaken one slice may have
 */
export async function planZaken(ctx: SliceContext, aSlice = zakenASlice): Promise<Slice[]> {
  const params = filtersOf(ctx.where)
  const window = windowOf(ctx.where)
  const whole = await peek(ctx.http, list(params, window))
  const day = whole.day
  const zaaktypen = await zaaktypenOf(ctx, list(params, window), whole.first?.zaaktype)
  if (zaaktypen.length === 0) {
    const windows = await windowsOf(ctx, params, window, aSlice, whole)
    return windows.map((each) => slice(each, { window: each, day }))
  }
  const slices: Slice[] = []
  for (const zaaktype of zaaktypen) {
    const own = { ...params, zaaktype }
    for (const each of await windowsOf(ctx, own, window, aSlice, await peek(ctx.http, list(own, window)))) {
      slices.push(slice(each, { window: each, zaaktype, day }, `zaaktype ${uuidOf(zaaktype)} `))
    }
  }
  return slices
}

const list = (params: { [name: string]: string }, window: Window): List => ({
  api: 'zaken',
  path: 'zaken',
  params: { ...params, ...paramsOfWindow(window) },
})

function slice({ after, before }: Window, params: ZakenSlice, prefix = ''): Slice {
  const name = after || before ? `registered ${after ? addDays(after, 1) : ''}..${before ? addDays(before, -1) : ''}` : 'all'
  return { name: `${prefix}${name}`, params }
}

/**
 * The addresses to filter on when the datasets take few zaaktypen: those of all versions. Empty when they are many, or when the server might
 * know a zaaktype by an address that we cannot tell: a list must never be shorter than it should.
 */
async function zaaktypenOf(ctx: SliceContext, zaken: List, example: unknown): Promise<string[]> {
  const condition = ctx.where.find((each) => each.column === 'zaaktype_identificatie' && 'in' in each)
  const identificaties = condition && 'in' in condition ? condition.in : []
  const prefix = prefixOf(example)
  if (prefix === undefined || identificaties.length === 0 || identificaties.length > mostZaaktypen) return []
  const addresses = await versionsOf(ctx, identificaties)
  if (addresses.length > mostZaaktypen || addresses.some((address) => prefixOf(address) !== prefix)) return []
  return (await filtersOnAddress(ctx.http, zaken, 'zaaktype', String(example))) ? addresses : []
}

async function windowsOf(
  ctx: Pick<Context, 'http' | 'signal'>,
  params: { [name: string]: string },
  window: Window,
  aSlice: number,
  { count, exact }: { count: number; exact: boolean },
): Promise<Window[]> {
  if (exact && count <= aSlice) return [window]
  const [oldest, newest] = [await edge(ctx, params, window, 'registratiedatum'), await edge(ctx, params, window, '-registratiedatum')]
  if (oldest === undefined || newest === undefined || oldest >= newest) return [window]
  const days = exact
    ? await byCount(ctx, params, { from: oldest, to: newest, count }, Math.max(aSlice, Math.ceil((count * 2) / mostSlices)))
    : byYear(oldest, newest)
  return cut(window, days)
}

/** The first or last day of registration. Order by a day has no tie-break, which does not matter for one record. */
async function edge(
  ctx: Pick<Context, 'http'>,
  params: { [name: string]: string },
  window: Window,
  ordering: string,
): Promise<string | undefined> {
  const { first } = await peek(ctx.http, list({ ...params, ordering }, window))
  const day = first?.registratiedatum
  return isDay(day) ? day : undefined
}

/** First days of the windows, without that of the first: halves until each holds few enough or is one day. */
async function byCount(
  ctx: Pick<Context, 'http' | 'signal'>,
  params: { [name: string]: string },
  { from, to, count }: { from: string; to: string; count: number },
  most: number,
): Promise<string[]> {
  ctx.signal.throwIfAborted()
  if (count <= most || from >= to) return []
  const middle = addDays(from, Math.floor((Date.parse(to) - Date.parse(from)) / dayMs / 2) + 1)
  const older = await peek(ctx.http, list(params, { after: addDays(from, -1), before: middle }))
  const before = await byCount(ctx, params, { from, to: addDays(middle, -1), count: older.count }, most)
  const after = await byCount(ctx, params, { from: middle, to, count: count - older.count }, most)
  // A half without zaken is no slice of its own.
  return [...before, ...(older.count > 0 && count > older.count ? [middle] : []), ...after]
}

function byYear(oldest: string, newest: string): string[] {
  const days: string[] = []
  for (let year = Number(oldest.slice(0, 4)) + 1; year <= Number(newest.slice(0, 4)) && days.length < mostSlices; year += 1)
    days.push(`${year}-01-01`)
  return days
}

/** Cuts a window at the first days of its parts; its own sides stay the outer ones. */
function cut(window: Window, days: readonly string[]): Window[] {
  return [undefined, ...days].map((day, at) => {
    const next = days[at]
    return {
      ...(day === undefined ? (window.after ? { after: window.after } : {}) : { after: addDays(day, -1) }),
      ...(next === undefined ? (window.before ? { before: window.before } : {}) : { before: next }),
    }
  })
}
