import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as values from '../../../worker/pipeline/values.js'
import { openDatabase, type TestDatabase } from '../../support/database.js'

let database: TestDatabase
let postgres: pg.Client
beforeAll(async () => {
  database = await openDatabase()
  postgres = new pg.Client({ connectionString: database.url })
  await postgres.connect()
})
afterAll(async () => {
  await postgres.end()
  await database.close()
})

/** One column of texts as Postgres reads them. */
async function asPostgres(expression: string, texts: readonly string[]): Promise<(string | null)[]> {
  const { rows } = await postgres.query<{ said: string | null }>(
    `select (${expression})::text as said from unnest($1::text[]) with ordinality t(x, at) order by at`,
    [texts],
  )
  return rows.map((row) => row.said)
}

const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 100, maxLength: 100 })
const digits = (min: number, max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max })

test.each<[keyof typeof values.scalars, unknown, string | boolean]>([
  ['text', 'Zaak 12', 'Zaak 12'],
  ['text', '', ''],
  ['text', ' \t\n', ' \t\n'],
  ['text', 363, '363'],
  ['text', -0, '0'],
  ['text', true, 'true'],
  ['text', new LosslessNumber('12.50'), '12.50'],
  ['integer', 12, '12'],
  ['integer', -0, '0'],
  ['integer', '007', '7'],
  ['integer', '+7', '7'],
  ['integer', '12.00', '12'],
  ['integer', '1E+3', '1000'],
  ['integer', '1200e-2', '12'],
  ['integer', '-0', '0'],
  ['integer', '9223372036854775807', '9223372036854775807'],
  ['integer', '-9223372036854775808', '-9223372036854775808'],
  ['integer', new LosslessNumber('9007199254740993'), '9007199254740993'],
  ['decimal', 0.1, '0.1'],
  ['decimal', 1e-7, '0.0000001'],
  ['decimal', '1E+3', '1000'],
  ['decimal', '-0', '0'],
  ['decimal', '-0.00', '0.00'],
  ['decimal', '+1.50', '1.50'],
  ['decimal', '00.5', '0.5'],
  ['decimal', '5.', '5'],
  ['decimal', new LosslessNumber('1234567890123456789.10'), '1234567890123456789.10'],
  ['boolean', true, true],
  ['boolean', 'false', false],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '1999-12-31', '1999-12-31'],
  ['date', '2026-03-29', '2026-03-29'],
  ['date', '0001-01-01', '0001-01-01'],
  ['date', '9999-12-31', '9999-12-31'],
  ['date', '2026-06-30T22:30:00Z', '2026-07-01'],
  ['date', '2026-07-01T00:30:00+02:00', '2026-07-01'],
  ['datetime', '2026-07-01T12:00:00+02:00', '2026-07-01T10:00:00.000000Z'],
  ['datetime', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z'],
  ['datetime', '2026-10-25T02:30:00+01:00', '2026-10-25T01:30:00.000000Z'],
  ['datetime', '2026-07-01 12:00', '2026-07-01T10:00:00.000000Z'],
  ['datetime', '2026-07-01t10:00:00.1234567z', '2026-07-01T10:00:00.123456Z'],
  ['datetime', '2026-07-01T12:00:00,5+0200', '2026-07-01T10:00:00.500000Z'],
  ['datetime', '2026-07-01T12:00:00+02', '2026-07-01T10:00:00.000000Z'],
  ['datetime', '2026-07-01T12:00:00', '2026-07-01T10:00:00.000000Z'],
  ['datetime', '2026-01-01T12:00:00', '2026-01-01T11:00:00.000000Z'],
  ['duration', 'P30D', 'P30D'],
  ['duration', 'P1Y6M', 'P1Y6M'],
  ['duration', 'PT36H', 'PT36H'],
  ['duration', 'P2W', 'P2W'],
  ['uuid', '6C3B9A52-8F0E-4D0B-9F67-2D1C2F6F0A01', '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'],
  ['reference', 'https://a.example/zaken/6C3B9A52-8F0E-4D0B-9F67-2D1C2F6F0A01', '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'],
  ['reference', 'https://a.example/zaken/6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01/?versie=2#deel', '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'],
])('as %s, %j is %j', (type, raw, expected) => {
  expect(values.scalars[type](raw)).toBe(expected)
})

test.each<[keyof typeof values.scalars, unknown]>([
  ['text', 'a\0b'],
  ['text', 'a\ud800'],
  ['text', Number.NaN],
  ['text', Number.POSITIVE_INFINITY],
  ['text', { a: 1 }],
  ['text', ['a']],
  ['integer', '12.5'],
  ['integer', ''],
  ['integer', '1,5'],
  ['integer', ' 1'],
  ['integer', true],
  ['integer', 2 ** 53],
  ['integer', 1e300],
  ['integer', '9223372036854775808'],
  ['integer', '-9223372036854775809'],
  ['decimal', '1,5'],
  ['decimal', '1.000,00'],
  ['decimal', '.5'],
  ['decimal', '1 000'],
  ['decimal', '0x10'],
  ['decimal', 'NaN'],
  ['decimal', true],
  ['decimal', '1e100000'],
  ['decimal', '1'.repeat(1001)],
  ['boolean', 'ja'],
  ['boolean', 1],
  ['boolean', 'TRUE'],
  ['date', '2023-02-29'],
  ['date', '31-12-1999'],
  ['date', '0000-00-00'],
  ['date', '1956-02'],
  ['date', '19560200'],
  ['date', '2026-07-01T12:00:00'],
  ['date', 20260701],
  ['datetime', '2026-03-29T02:30:00'],
  ['datetime', '2026-13-01T00:00:00Z'],
  ['datetime', '2026-01-01T24:30:00Z'],
  ['datetime', '2026-01-01T24:00:00Z'],
  ['datetime', '2026-01-01T12:60:00Z'],
  ['datetime', '2026-01-01T12:00:60Z'],
  ['datetime', '2026-01-01T12:00:00+19:00'],
  ['datetime', '2026-01-01T12:00:00+02:60'],
  ['datetime', '2026-01-01'],
  ['datetime', '0001-01-01T00:00:00+02:00'],
  ['datetime', 1767225600],
  ['duration', '30D'],
  ['duration', 'P'],
  ['duration', 'PT'],
  ['duration', 'P1W2D'],
  ['duration', 'P1.5D'],
  ['uuid', '6c3b9a528f0e4d0b9f672d1c2f6f0a01'],
  ['uuid', '{6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01}'],
  ['reference', 'https://a.example/personen?burgerservicenummer=999990019'],
  ['reference', 'https://a.example/personen/999990019'],
  ['reference', 'https://a.example/?zaak=6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'],
  ['reference', ''],
])('as %s, %j is nothing', (type, raw) => {
  expect(values.scalars[type](raw)).toBeUndefined()
})

/** Texts and numbers that look like values of a type, near misses included. */
const looksLike: { readonly [type in keyof typeof values.scalars]: fc.Arbitrary<unknown> } = {
  text: fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean()),
  integer: fc.oneof(fc.integer(), fc.double(), fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String), written()),
  decimal: fc.oneof(fc.double(), written()),
  boolean: fc.oneof(fc.boolean(), fc.constantFrom('true', 'false', 'waar')),
  date: fc.oneof(day(), moment()),
  datetime: fc.oneof(day(), moment()),
  duration: fc.string({ unit: fc.constantFrom(...'P-YMDTHSW.,0123456789'), maxLength: 12 }).map((text) => `P${text}`),
  uuid: fc.uuid().map((uuid) => uuid.toUpperCase()),
  reference: fc.tuple(fc.webUrl({ withQueryParameters: true }), fc.uuid()).map(([url, uuid]) => `${url}/${uuid}`),
}

function written(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('', '-', '+'), digits(1, 30), fc.option(digits(0, 30)), fc.option(fc.integer({ min: -1200, max: 1200 })))
    .map(
      ([sign, whole, fraction, exponent]) =>
        `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `E${exponent}`}`,
    )
}

function day(): fc.Arbitrary<string> {
  const part = (length: number, max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(length, '0'))
  return fc.tuple(part(4, 9999), part(2, 13), part(2, 32)).map((parts) => parts.join('-'))
}

function moment(): fc.Arbitrary<string> {
  const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'))
  const fraction = fc.option(
    digits(1, 6).map((d) => `.${d}`),
    { nil: '' },
  )
  const offset = fc.oneof(
    fc.constantFrom('Z', '', '+00:00', '+01:00', '+02:00'),
    fc.tuple(fc.constantFrom('+', '-'), two(14), fc.constantFrom('', ':00', ':30', '15')).map((parts) => parts.join('')),
  )
  return fc
    .tuple(day(), fc.constantFrom('T', ' '), two(24), two(60), fc.option(two(60)), fraction, offset)
    .map(([date, t, h, m, s, f, o]) => `${date}${t}${h}:${m}${s === null ? '' : `:${s}${f}`}${o}`)
}

test.each(Object.keys(looksLike) as (keyof typeof looksLike)[])('a value of type %s that was shaped is shaped to itself', (type) => {
  fc.assert(
    fc.property(looksLike[type], (raw) => {
      const once = values.scalars[type](raw)
      if (once !== undefined) expect(values.scalars[type](once)).toBe(once)
    }),
    { numRuns: 2000 },
  )
})

test.each(Object.keys(looksLike) as (keyof typeof looksLike)[])(
  'whatever is given as %s, it is shaped or refused and nothing is thrown',
  (type) => {
    fc.assert(
      fc.property(fc.oneof(looksLike[type], fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true })), (raw) => {
        const shaped = values.scalars[type](raw)
        return shaped === undefined || typeof shaped === 'string' || typeof shaped === 'boolean'
      }),
      { numRuns: 1000 },
    )
  },
)

/** A decimal as a whole number of units of 10^-scale. */
function exactly(text: string): { units: bigint; scale: number } {
  const [, sign, whole, fraction = '', exponent = '0'] = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)!
  const units = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

test('a number where text is declared is its text, but for a double that has lost digits', () => {
  for (const number of [3, -12.5, Number.MAX_SAFE_INTEGER]) expect(values.text(number)).toBe(String(number))
  expect(values.text(Number.MAX_SAFE_INTEGER + 2)).toBeUndefined()
})

test('a decimal is the number that was written, without exponent and without a needless zero in front', () => {
  fc.assert(
    fc.property(written(), (source) => {
      const shaped = values.decimal(source)
      if (shaped === undefined) return
      expect(shaped).toMatch(/^-?(0|[1-9]\d*)(\.\d+)?$/)
      expect(shaped).not.toMatch(/^-[0.]*$/)
      const [is, was] = [exactly(shaped), exactly(source)]
      const scale = Math.max(is.scale, was.scale)
      expect(is.units * 10n ** BigInt(scale - is.scale)).toBe(was.units * 10n ** BigInt(scale - was.scale))
    }),
    { numRuns: 2000 },
  )
})

test('every decimal of up to a thousand digits without exponent is shaped', () => {
  fc.assert(fc.property(digits(1, 500), digits(1, 500), (whole, fraction) => values.decimal(`${whole}.${fraction}`) !== undefined))
})

test('Postgres reads a shaped decimal as it reads what was written', async () => {
  await fc.assert(
    fc.asyncProperty(many(written()), async (sources) => {
      const taken = sources.filter((source) => values.decimal(source) !== undefined)
      const shaped = taken.map((source) => values.decimal(source)!)
      const same = await asPostgres(
        'split_part(x, $$|$$, 1)::numeric = split_part(x, $$|$$, 2)::numeric',
        taken.map((source, at) => `${source}|${shaped[at]}`),
      )
      expect(same).toEqual(taken.map(() => 'true'))
      // Digits behind the point are kept, so that a price of 1.50 stays 1.50.
      expect(await asPostgres('x::numeric', shaped)).toEqual(shaped)
    }),
    { numRuns: 10 },
  )
})

test('an integer is taken exactly when it is whole and Postgres has room for it', () => {
  fc.assert(
    fc.property(written(), (source) => {
      const { units, scale } = exactly(source)
      const unit = 10n ** BigInt(scale)
      const fits = units % unit === 0n && units / unit <= 2n ** 63n - 1n && units / unit >= -(2n ** 63n)
      const shaped = values.integer(source)
      if (shaped !== undefined) expect([fits, shaped]).toEqual([true, String(units / unit)])
      else if (fits) expect(values.decimal(source)).toBeUndefined() // too many digits even for a decimal
    }),
    { numRuns: 2000 },
  )
})

test('a day is taken exactly when the calendar has it', () => {
  fc.assert(
    fc.property(day(), (text) => {
      const [year, month, dayOfMonth] = text.split('-').map(Number) as [number, number, number]
      const date = new Date(0)
      date.setUTCFullYear(year, month - 1, dayOfMonth)
      const exists = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth
      expect(values.date(text)).toBe(exists ? text : undefined)
    }),
    { numRuns: 5000 },
  )
})

const utc = `to_char(x::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

test('a moment with an offset is the moment that Postgres reads', async () => {
  await fc.assert(
    fc.asyncProperty(many(moment().filter((text) => /(Z|[+-]\d\d(:?\d\d)?)$/.test(text.slice(10)))), async (sources) => {
      const taken = sources.filter((source) => values.datetime(source) !== undefined)
      expect(taken.map((source) => values.datetime(source))).toEqual(await asPostgres(utc, taken))
    }),
    { numRuns: 20 },
  )
})

test('the day of a moment is the Dutch day on which it falls', async () => {
  const recent = fc.date({ min: new Date('1950-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
  await fc.assert(
    fc.asyncProperty(many(recent), async (moments) => {
      const texts = moments.map((moment) => moment.toISOString())
      expect(texts.map((text) => values.date(text))).toEqual(
        await asPostgres(`(x::timestamptz at time zone 'Europe/Amsterdam')::date`, texts),
      )
    }),
    { numRuns: 10 },
  )
})

test('the day of a moment is a day of four digits a year, however long ago or far ahead', () => {
  fc.assert(
    fc.property(
      moment().filter((text) => text.endsWith('Z')),
      (text) => {
        const said = values.date(text)
        if (said !== undefined) expect(values.date(said)).toBe(said)
      },
    ),
    { numRuns: 2000 },
  )
  expect(values.date('0999-06-01T12:00:00Z')).toBe('0999-06-01')
  expect(values.date('9999-12-31T23:30:00Z')).toBeUndefined()
})

/** Every half hour of the days around both clock changes of a year, on the Dutch clock. */
function aroundClockChanges(year: number): string[] {
  const lastSunday = (month: number) => {
    const day = new Date(Date.UTC(year, month, 31))
    day.setUTCDate(31 - day.getUTCDay())
    return day
  }
  return [lastSunday(2), lastSunday(9)].flatMap((sunday) =>
    Array.from({ length: 3 * 48 }, (_, half) => new Date(sunday.getTime() - 86_400_000 + half * 1_800_000).toISOString().slice(0, 19)),
  )
}

test('a Dutch local time is the first moment at which a Dutch clock shows it, and none where the clock skips it', async () => {
  const locals = [1996, 2000, 2024, 2025, 2026, 2027, 2036].flatMap(aroundClockChanges)
  const shaped = locals.map((local) => values.datetime(local))
  const clock = (shift: string) =>
    `to_char((x::timestamptz - interval '${shift}') at time zone 'Europe/Amsterdam', 'YYYY-MM-DD"T"HH24:MI:SS')`
  const taken = locals.flatMap((local, at) => (shaped[at] === undefined ? [] : [{ local, moment: shaped[at] }]))
  expect(
    await asPostgres(
      clock('0'),
      taken.map((t) => t.moment),
    ),
  ).toEqual(taken.map((t) => t.local))
  const anHourBefore = await asPostgres(
    clock('1 hour'),
    taken.map((t) => t.moment),
  )
  expect(taken.filter((t, at) => anHourBefore[at] === t.local)).toEqual([])
  const skipped = locals.filter((_, at) => shaped[at] === undefined)
  expect(skipped).toHaveLength(7 * 2) // 02:00 and 02:30 of each last Sunday of March
  const back = await asPostgres(
    `to_char((x::timestamp at time zone 'Europe/Amsterdam') at time zone 'Europe/Amsterdam', 'YYYY-MM-DD"T"HH24:MI:SS')`,
    skipped,
  )
  expect(back.filter((clock, at) => clock === skipped[at])).toEqual([])
})

test.each(['1895-06-01T12:00:00', '1900-01-01T00:00:00', '1925-07-01T12:00:00', '1938-07-01T12:00:00', '1943-01-01T00:00:00'])(
  'the local time %s, of when the Dutch clock was not a whole hour ahead, is what the clock of that day showed',
  (local) => {
    const shaped = values.datetime(local)
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam', dateStyle: 'short', timeStyle: 'medium' })
    expect(clock.format(new Date(`${shaped!.slice(0, 19)}Z`)).replace(' ', 'T')).toBe(local)
  },
)

test('a geometry keeps its type and coordinates and nothing else', () => {
  const point = { type: 'Point', coordinates: [4.36, 52.01], crs: { name: 'x' }, bewoner: 'Jansen' }
  expect(values.geometry(point)).toEqual({ json: { type: 'Point', coordinates: [4.36, 52.01] } })
  expect(values.geometry({ type: 'GeometryCollection', geometries: [point], bewoner: 'Jansen' })).toEqual({
    json: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [4.36, 52.01] }] },
  })
})

test.each([
  ['no object', 'POINT (4 52)'],
  ['another type', { type: 'Feature', geometry: null }],
  ['no coordinates', { type: 'Point' }],
  ['empty coordinates', { type: 'Polygon', coordinates: [] }],
  ['an empty ring', { type: 'Polygon', coordinates: [[]] }],
  ['a coordinate that is a text', { type: 'Point', coordinates: ['4.36', 52] }],
  ['a coordinate that is not finite', { type: 'Point', coordinates: [Number.NaN, 52] }],
  ['a coordinate beyond every number', { type: 'Point', coordinates: [new LosslessNumber('1e999'), 52] }],
  ['a collection with what is none', { type: 'GeometryCollection', geometries: [{ type: 'Point' }] }],
])('what has %s is no geometry', (_, raw) => {
  expect(values.geometry(raw)).toBeUndefined()
})
