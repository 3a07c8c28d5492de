import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import { fieldCheckForms, plainFieldChecks } from '../../../config/checks.js'
import type { Value } from '../../../worker/pipeline/values.js'
import { fieldChecks } from '../../../worker/rules/field-checks.js'
import { verdict } from './checks/verdict.js'

/** Parameters as they are written, of each check that takes some: each once with all of them. */
const written: { [check in keyof typeof fieldCheckForms]?: unknown[] } = {
  gemeentecode: [{ codes: ['0363', 'GM0599'] }],
  'bag-identificatie': [{ type: 'pand' }, { type: ['woonplaats', 'ligplaats'] }],
  'kadastrale-aanduiding': [{ form: 'name' }, { form: 'code' }],
  geometrie: [{ types: ['Polygon', 'MultiPolygon'] }],
  date: [
    { from: '1850-01-01', to: 'today', empty: ['9999-12-31'] },
    { from: 'today-100y', to: 'today+6m' },
  ],
  moment: [{ offset: 'required' }],
  duration: [{ positive: true }],
  'eigenschap-waarde': [
    { formaat: 'datum' },
    { formaat: 'datum_tijd' },
    { formaat: 'getal', lengte: '4,2' },
    { formaat: 'tekst', lengte: '3', waarden: ['a'] },
  ],
  'code-list': [['a', 'b']],
  length: [{ min: 1, max: 10 }],
  number: [{ from: '-1', to: '12.50', decimals: 2 }],
  pattern: ['a+'],
}

const uses = Object.entries(fieldCheckForms).flatMap(([name, form]): [string, object][] => {
  const given = (written[name as keyof typeof fieldCheckForms] ?? []).map((w): [string, object] => [name, form.parse(w) as object])
  return plainFieldChecks.includes(name) ? [[name, {}], ...given] : given
})

test('each check that a rule can name is there, and no other', () => {
  expect(Object.keys(fieldChecks).sort()).toEqual(Object.keys(fieldCheckForms).sort())
  expect(new Set(uses.map(([name]) => name))).toEqual(new Set(Object.keys(fieldCheckForms)))
})

test.each(Object.entries(fieldCheckForms))('%s takes no parameter that it does not know', (_, form) => {
  expect(form.safeParse({ streng: true }).success).toBe(false)
})

test.each([
  ['date', { to: 'tomorrow' }],
  ['date', { from: '2026-02-30' }],
  ['date', { to: 'today+100' }],
  ['bag-identificatie', { type: 'huis' }],
  ['kadastrale-aanduiding', { form: 'kort' }],
  ['geometrie', { types: ['Circle'] }],
  ['number', { from: '1,5' }],
  ['number', { decimals: -1 }],
  ['length', {}],
  ['length', { min: -1 }],
  ['eigenschap-waarde', {}],
  ['eigenschap-waarde', { formaat: 'datum', lengte: 'lang' }],
  ['gemeentecode', { codes: [] }],
  ['duration', { positive: false }],
  ['pattern', '('],
  ['code-list', []],
] as const)('%s refuses %j', (name, parameters) => {
  expect(fieldCheckForms[name].safeParse(parameters).success).toBe(false)
})

/** What each check on a form takes. */
const right: [check: string, value: string, parameters?: object][] = [
  ['bsn', '999990019'],
  ['a-nummer', '1010101010'],
  ['rsin', '002564440'],
  ['kvk', '59581883'],
  ['vestigingsnummer', '000015063097'],
  ['btw', 'NL004495445B01'],
  ['btw', 'NL000099998B57'],
  ['oin', '00000001880000004000'],
  ['oin', '00000003595818830000'],
  ['iban', 'NL91ABNA0417164300'],
  ['kenteken', 'GV-123-B'],
  ['kenteken', 'AB-12-34'],
  ['telefoon', '0612345678'],
  ['telefoon', '+31612345678'],
  ['telefoon', '14070'],
  ['telefoon', '112'],
  ['telefoon', '0800-1234'],
  ['telefoon', '09712345678'],
  ['telefoon', '+12025550123'],
  ['email', 'a.b@voorbeeld.nl'],
  ['postcode', '2631CR'],
  ['huisnummer', '15'],
  ['huisletter', 'C'],
  ['toevoeging', '2hg'],
  ['gemeentecode', '0363'],
  ['gemeentecode', 'GM0363'],
  ['wijk', 'WK036301'],
  ['buurt', 'BU03630100'],
  ['bag-identificatie', '1926100000485708'],
  ['bag-identificatie', '3594', { type: ['woonplaats'] }],
  ['kadastrale-aanduiding', 'GVH00 C 1277'],
  ['kadastrale-aanduiding', "'s Gravenhage C 1277 A3"],
  ['rd', '155000 463000'],
  ['rd', 'POINT (155000 463000)'],
  ['wgs84', '5.1214 52.0907'],
  ['geometrie', 'SRID=28992;POINT (1 2)'],
  ['date', '2026-07-01'],
  ['moment', '2026-07-01T12:00:00+02:00'],
  ['gba-datum', '19560200'],
  ['duration', 'P1Y6M'],
  ['eigenschap-waarde', '20220728', { formaat: 'datum' }],
  ['eigenschap-waarde', '20220728134022', { formaat: 'datum_tijd' }],
  ['eigenschap-waarde', '12,50', { formaat: 'getal' }],
  ['number', '12.5'],
  ['code-list', 'a', { values: ['a'] }],
  ['pattern', 'aa', { pattern: 'a+' }],
  ['reference', '6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'],
]

test.each(right)('%s takes %s, and not with anything before or after it', (name, text, parameters = {}) => {
  expect(verdict(name, text, parameters)).toBe('ok')
  for (const other of [`,${text}`, `${text},`, `${text}\n,`, `,\n${text}`])
    expect([other, verdict(name, other, parameters)]).toEqual([other, 'violation'])
})

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(...'0123456789-:.TZPDMYW+ ()@abNLGM\n') }),
  fc.integer().map(String),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.oneof(fc.string(), fc.constant(null))),
  fc.record({ json: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown> }),
  fc.record({
    json: fc.record({
      type: fc.constantFrom('Point', 'Polygon', 'MultiPolygon', 'GeometryCollection', 'LineString'),
      coordinates: fc.oneof(
        fc.array(fc.double()),
        fc.array(fc.array(fc.array(fc.double({ noNaN: true }), { minLength: 2, maxLength: 3 }))),
        fc.constant([new LosslessNumber('1e999')]),
      ),
      geometries: fc.constantFrom(undefined, null, [], [null], [{}]),
    }),
  }),
) as fc.Arbitrary<Value>

test.each(uses)('whatever %s %j judges, it answers and throws nothing', (name, parameters) => {
  fc.assert(
    fc.property(value, (judged) => ['ok', 'violation', 'unknown', 'not applicable'].includes(verdict(name, judged, parameters))),
    { numRuns: 60 },
  )
})

test('a text that is made to be slow is judged at once', () => {
  const slow = [
    'a'.repeat(100_000),
    `${' '.repeat(50_000)}x`,
    '0'.repeat(100_000),
    `${"a' ".repeat(30_000)}1`,
    `POLYGON ((${'0 0,'.repeat(30_000)}`,
    `a@${'a-'.repeat(50_000)}`,
  ]
  // A check that looks at each place again for each place would take minutes, which no test has.
  for (const [name, parameters] of uses) for (const text of slow) expect(verdict(name, text, parameters)).toBeDefined()
})
