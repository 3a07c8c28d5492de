import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { addDays, filtersOf, isDay, planZaken, windowOf, type ZakenSlice } from '../../../connectors/zgw/windows.js'
import { json, type Loopback, probe, serveBy } from '../loopback.js'
import { nothingKnown } from './reading.js'

const open: Loopback[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

/** A list of zaken of which only the days of registration count. */
async function serveDays(days: readonly string[], fuzzy = false, zaaktypen: readonly string[] = []): Promise<Loopback> {
  const server = await serveBy((response, request) => {
    if (request.url.startsWith('/zaaktypen')) return json(zaaktypen.map((url) => ({ url })))(response, request)
    const params = new URL(request.url, 'http://x').searchParams
    const [after, before, ordering] = ['registratiedatum__gt', 'registratiedatum__lt', 'ordering'].map((name) => params.get(name))
    const rows = days.filter((day) => (!after || day > after) && (!before || day < before)).sort()
    if (ordering !== 'registratiedatum') rows.reverse()
    json({
      count: fuzzy ? Math.min(500, rows.length) : rows.length,
      ...(fuzzy ? { countExact: false } : {}),
      next: null,
      results: rows.slice(0, 1).map((registratiedatum) => ({ registratiedatum, zaaktype: 'http://x/catalogi/api/v1/zaaktypen/1' })),
    })(response, request)
  })
  open.push(server)
  return server
}

async function plan(server: Loopback, aSlice: number, where: Parameters<typeof filtersOf>[0] = []) {
  const log = { debug() {}, info() {}, warn() {} }
  const http = probe({ zaken: server.url, catalogi: server.url })
  const slices = await planZaken(
    {
      source: 'open-zaak',
      stream: 'zaken',
      http,
      settings: {},
      streams: {},
      organisation: { code: '0363' },
      signal: new AbortController().signal,
      log,
      reading: 'full',
      checkpoint: undefined,
      fields: new Set(),
      where,
      known: nothingKnown,
    },
    aSlice,
  )
  return slices.map((slice) => ({ name: slice.name, ...(slice.params as ZakenSlice) }))
}

const inWindow = (day: string, { after, before }: { after?: string; before?: string } = {}) =>
  (!after || day > after) && (!before || day < before)
const day = fc.integer({ min: 0, max: 1500 }).map((days) => addDays('2022-01-01', days))

test('a small municipality is one slice, at the price of one request', async () => {
  const server = await serveDays(['2026-01-01', '2026-02-01'])
  expect((await plan(server, 10)).map(({ name }) => name)).toEqual(['all'])
  expect(server.seen).toHaveLength(1)
})

test('each zaak is in one window and one only, and no window has more than it may, but for one day', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(day, { minLength: 1, maxLength: 200 }), fc.array(day), async (days, later) => {
      const server = await serveDays(days)
      const windows = await plan(server, 20)
      for (const each of [...days, ...later, '1999-12-31', '2099-01-01'])
        expect(windows.filter(({ window }) => inWindow(each, window))).toHaveLength(1)
      for (const { window } of windows) {
        const inside = days.filter((each) => inWindow(each, window))
        if (new Set(inside).size > 1) expect(inside.length).toBeLessThanOrEqual(20)
      }
      expect(new Set(windows.map(({ name }) => name)).size).toBe(windows.length)
      await server.close()
    }),
    { numRuns: 40 },
  )
})

test('where the source does not count exactly, each year is a slice', async () => {
  const server = await serveDays(['2023-05-01', '2024-06-01', '2026-11-01'], true)
  expect((await plan(server, 10)).map(({ name }) => name)).toEqual([
    'registered ..2023-12-31',
    'registered 2024-01-01..2024-12-31',
    'registered 2025-01-01..2025-12-31',
    'registered 2026-01-01..',
  ])
})

test('only a day of the calendar is taken for one', () => {
  for (const yes of ['2024-02-29', '2026-11-25']) expect(isDay(yes)).toBe(true)
  for (const no of ['2026-02-29', '2026-13-01', '9999-99-99', '2026-1-1', '', null, 20261125]) expect(isDay(no)).toBe(false)
})

test('zaaktypen are asked for by the address in the records, and not at all where that may be another', async () => {
  const where = [{ column: 'zaaktype_identificatie', in: ['B0337'] }]
  const known = ['http://x/catalogi/api/v1/zaaktypen/1', 'http://x/catalogi/api/v1/zaaktypen/2']
  const asked = await plan(await serveDays(['2026-01-01'], false, known), 10, where)
  expect(asked.map(({ name, zaaktype }) => [name, zaaktype])).toEqual([
    ['zaaktype 1 all', known[0]],
    ['zaaktype 2 all', known[1]],
  ])
  for (const unsure of [
    ['https://elders/zaaktypen/1'],
    [],
    Array.from({ length: 13 }, (_, at) => `http://x/catalogi/api/v1/zaaktypen/${at}`),
  ]) {
    expect((await plan(await serveDays(['2026-01-01'], false, unsure), 10, where)).map(({ name }) => name)).toEqual(['all'])
  }
})

test('a range of the datasets is asked of the source with a day to spare, and stays around all windows', async () => {
  const where = [{ column: 'registratiedatum', from: '2024-01-01', to: '2024-12-31' }]
  expect(windowOf(where)).toEqual({ after: '2023-12-31', before: '2025-01-01' })
  const server = await serveDays(['2023-01-01', ...Array.from({ length: 40 }, (_, at) => addDays('2024-01-01', at * 9))])
  const windows = await plan(server, 10, where)
  expect(windows.length).toBeGreaterThan(3)
  expect(windows[0]!.window!.after).toBe('2023-12-31')
  expect(windows.at(-1)!.window!.before).toBe('2025-01-01')
})

test('conditions that the list has a filter for become its parameters, others are left to the pipeline', () => {
  expect(
    filtersOf([
      { column: 'einddatum', is: null },
      { column: 'vertrouwelijkheidaanduiding', atMost: 'zaakvertrouwelijk' },
      { column: 'zaaktype_identificatie', in: ['B0337'] },
    ]),
  ).toEqual({ einddatum__isnull: 'true', maximaleVertrouwelijkheidaanduiding: 'zaakvertrouwelijk' })
})
