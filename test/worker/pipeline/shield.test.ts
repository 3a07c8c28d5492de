import fc from 'fast-check'
import { LosslessNumber, stringify } from 'lossless-json'
import { expect, test } from 'vitest'
import type { PersonalKind, Treatment } from '../../../config/kinds.js'
import { prepareChecks } from '../../../worker/pipeline/check.js'
import { monthOf, pc4Of, yearOf } from '../../../worker/pipeline/generalise.js'
import { prepareShape } from '../../../worker/pipeline/shape.js'
import { type BuurtOf, prepareShield, type RefusedRecord, type ShieldedRow } from '../../../worker/pipeline/shield.js'
import { newPseudonymKey, pseudonymiser, readPseudonymKey } from '../../../worker/pseudonyms.js'
import { type DatasetSketch, leaf, streamPlan } from '../plans.js'

const pseudonymise = pseudonymiser(readPseudonymKey('proef', newPseudonymKey('proef'))!)

type Fields = Parameters<typeof streamPlan>[0]

function through(fields: Fields, sketch: DatasetSketch, record: object) {
  const plan = streamPlan(fields, [sketch])
  const shaped = prepareShape(plan)({ id: '1', ...record }, new Set())
  return { plan, shaped, checked: prepareChecks(plan)[0]!(shaped), shield: prepareShield(plan, plan.datasets[0]!, pseudonymise) }
}

function row(fields: Fields, sketch: DatasetSketch, record: object): ShieldedRow {
  const { shield, shaped, checked } = through(fields, sketch, record)
  return shield.row(shaped, checked)
}

/** The texts of a row by column. */
function landed(fields: Fields, sketch: DatasetSketch, record: object): { [column: string]: string | null } {
  const { plan, shield, shaped, checked } = through(fields, sketch, record)
  const { columns } = shield.row(shaped, checked)
  return Object.fromEntries(plan.datasets[0]!.columns.map((column, at) => [column.name, columns[at]!]))
}

function one(kind: PersonalKind, treatment: Treatment, value: unknown, field: object = {}): string | null | undefined {
  return landed({ veld: { kind, ...field } }, { columns: { veld: { treatment } } }, { veld: value }).veld
}

test('what is kept lands as it is, what is dropped leaves nothing', () => {
  expect(one('naam', 'keep', 'Jansen')).toBe('Jansen')
  expect(one('naam', 'drop', 'Jansen')).toBeNull()
  expect(one('naam', 'keep', null)).toBeNull()
})

test('a pseudonym is the same for the same person and tells nothing of it', () => {
  const said = one('bsn', 'pseudonymise', '999990019')
  expect(said).toMatch(/^pr1_[A-Za-z0-9_-]{43}$/)
  expect(one('bsn', 'pseudonymise', '9999.90.019')).toBe(said)
  expect(one('bsn', 'pseudonymise', '999993653')).not.toBe(said)
})

test('an empty text names nobody, save in a key', () => {
  expect(one('bsn', 'pseudonymise', '')).toBeNull()
  expect(one('naam', 'pseudonymise', '  ')).toBeNull()
  const key = landed({ veld: { kind: 'bsn', key: true } }, { columns: { veld: { treatment: 'pseudonymise' } } }, { veld: '' }).veld
  expect(key).toMatch(/^pr1_/)
})

test('a list is treated value by value', () => {
  const list = { list: true }
  expect(one('naam', 'keep', ['Jansen', null], list)).toBe('{"Jansen",NULL}')
  const [first, second] = ['Jansen', 'Pieters'].map((naam) => one('naam', 'pseudonymise', naam))
  expect(one('naam', 'pseudonymise', ['Jansen', null, 'Pieters', ''], list)).toBe(`{"${first}",NULL,"${second}",NULL}`)
  expect(one('geboortedatum', 'year', ['1956-02-29', '19561300'], list)).toBeNull()
})

test.each<[written: string, year: string | null | undefined, month: string | null | undefined]>([
  ['1956', '1956', '1956'],
  ['1956-02', '1956', '1956-02'],
  ['1956-02-29', '1956', '1956-02'],
  ['19560229', '1956', '1956-02'],
  ['19560200', '1956', '1956-02'],
  ['19560000', '1956', '1956'],
  ['1956-02-00', '1956', '1956-02'],
  ['1956-00-00', '1956', '1956'],
  [' 1956-02-29 ', '1956', '1956-02'],
  // The day of birth is a Dutch day, also where a system wrote it as a moment.
  ['1955-12-31T23:00:00.000000Z', '1956', '1956-01'],
  ['00000000', null, null],
  ['0000', null, null],
  ['0000-00-00', null, null],
  ['19560031', undefined, undefined],
  ['19561300', undefined, undefined],
  ['19570229', undefined, undefined],
  ['31-12-1956', undefined, undefined],
  ['00000101', undefined, undefined],
  ['195602', undefined, undefined],
  ['1956-2-9', undefined, undefined],
  ['999990019', undefined, undefined],
  ['onbekend', undefined, undefined],
  ['', undefined, undefined],
])('of a birth date written as %j the year is %j and the month %j', (written, year, month) => {
  expect([yearOf(written), monthOf(written)]).toEqual([year, month])
  expect(one('geboortedatum', 'year', written)).toBe(year ?? null)
  expect(one('geboortedatum', 'month', written)).toBe(month ?? null)
})

test('of a date and of a moment the year and the month land', () => {
  expect(one('geboortedatum', 'year', '1956-02-29', { value: 'date' })).toBe('1956')
  expect(one('geboortedatum', 'month', '1956-02-29', { value: 'date' })).toBe('1956-02')
  expect(one('geboortedatum', 'year', '1956-01-01T00:00:00', { value: 'datetime' })).toBe('1956')
  expect(one('geboortedatum', 'month', '1956-01-01T00:00:00+01:00', { value: 'datetime' })).toBe('1956-01')
})

test('whatever is written, a year is four digits and a month of the calendar, or there is none', () => {
  const written = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789-'), minLength: 4, maxLength: 10 }))
  fc.assert(
    fc.property(written, (text) => {
      expect(yearOf(text) ?? '1956').toMatch(/^\d{4}$/)
      expect(monthOf(text) ?? '1956').toMatch(/^\d{4}(-(0[1-9]|1[0-2]))?$/)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['2611 AB', '2611'],
  ['2611ab', '2611'],
  [' 2611  AB ', '2611'],
  ['2611', '2611'],
  ['0123AB', undefined],
  ['10115', undefined],
  ['2611 ABC', undefined],
  ['B-1000', undefined],
  ['SW1A 1AA', undefined],
  ['999990019', undefined],
  ['2611 AB 12', undefined],
])('of the postcode %j the first four digits are %j', (written, digits) => {
  expect(pc4Of(written)).toBe(digits)
  expect(one('postcode', 'pc4', written)).toBe(digits ?? null)
})

test('boundaries or a key that are missing are told before a record is read', () => {
  const plan = streamPlan({ veld: { kind: 'locatie' } }, [{ columns: { veld: { treatment: 'buurt' } } }])
  expect(() => prepareShield(plan, plan.datasets[0]!, pseudonymise)).toThrow(/no boundaries were given/)
  const keyless = streamPlan({ veld: { kind: 'bsn' } }, [{ columns: { veld: { treatment: 'pseudonymise' } } }])
  expect(() => prepareShield(keyless, keyless.datasets[0]!, undefined)).toThrow(/no key of its domain/)
})

const harbour = { type: 'Point', coordinates: [5.0123, 52.2845] }
/** West of the fifth meridian there is no buurt. */
const inHarbour: BuurtOf = (value) => (stringify(value)!.includes('5.0123') ? 'BU03630000' : null)

test.each<[string, object, unknown, string | null, string[]]>([
  ['a place lands as the code of its buurt', { value: 'geometry' }, harbour, 'BU03630000', []],
  [
    'a place in no buurt lands as nothing, and says why',
    { value: 'geometry' },
    { ...harbour, coordinates: [4, 52] },
    null,
    ['shield.buurt'],
  ],
  ['a list of places lands as one of codes', { list: true }, ['5.0123 52.2845', null], '{"BU03630000",NULL}', []],
  ['a list of places of which one is in no buurt lands as nothing', { list: true }, ['5.0123 52.2845', '4 52'], null, ['shield.buurt']],
])('%s, and leaves no coordinate', (_, field, value, expected, rules) => {
  const plan = streamPlan({ veld: { kind: 'locatie', ...field } }, [{ columns: { veld: { treatment: 'buurt' } } }])
  const shaped = prepareShape(plan)({ id: '1', veld: value }, new Set())
  const checked = prepareChecks(plan, inHarbour)[0]!(shaped)
  const shield = prepareShield(plan, plan.datasets[0]!, undefined, inHarbour)
  expect(shield.row(shaped, checked).columns.at(-1)).toBe(expected)
  expect(stringify(shield.refused(shaped, checked))).not.toContain('52')
  expect(checked.findings.map(({ rule }) => rule)).toEqual(rules)
})

const person = {
  persoon: {
    value: 'json' as const,
    inside: [
      leaf(['rol']),
      leaf(['bsn'], 'text', 'bsn'),
      leaf(['geboren'], 'text', 'geboortedatum'),
      leaf(['naam'], 'text', 'naam'),
      leaf(['adressen', '*', 'postcode'], 'text', 'postcode'),
      leaf(['adressen', '*', 'nummer'], 'integer'),
      leaf(['namen'], 'text', 'naam', true),
      leaf(['plek'], 'geometry', 'locatie'),
    ],
  },
}
const allowed: DatasetSketch = {
  columns: {
    persoon: {
      inside: [
        { path: ['rol'], kind: 'none', treatment: 'keep' },
        { path: ['bsn'], kind: 'bsn', treatment: 'pseudonymise' },
        { path: ['geboren'], kind: 'geboortedatum', treatment: 'year' },
        { path: ['naam'], kind: 'naam', treatment: 'drop' },
        { path: ['adressen', '*', 'postcode'], kind: 'postcode', treatment: 'pc4' },
        { path: ['adressen', '*', 'nummer'], kind: 'none', treatment: 'keep' },
        { path: ['namen'], kind: 'naam', treatment: 'pseudonymise' },
        { path: ['plek'], kind: 'locatie', treatment: 'keep' },
      ],
    },
  },
}

test('inside a nested value each path has its own treatment, and a path without one leaves nothing', () => {
  const said = landed(person, allowed, {
    persoon: {
      rol: 'melder',
      bsn: '999990019',
      geboren: '19560200',
      naam: 'Jansen',
      adressen: [{ postcode: '2611 AB', nummer: new LosslessNumber('12345678901234567890'.slice(0, 18)) }, null, { postcode: 'onbekend' }],
      namen: ['Jansen', null],
      plek: { type: 'Point', coordinates: [4.36, 52.01] },
      dossier: '999990019',
    },
  }).persoon
  expect(said).toBe(
    stringify({
      rol: 'melder',
      bsn: pseudonymise('999990019', 'bsn'),
      geboren: '1956',
      adressen: [{ postcode: '2611', nummer: new LosslessNumber('123456789012345678') }, null, { postcode: null }],
      namen: [pseudonymise('Jansen', 'naam'), null],
      plek: { type: 'Point', coordinates: [4.36, 52.01] },
    }),
  )
})

test('a nested value of which nothing may land leaves an empty one', () => {
  expect(landed(person, { columns: { persoon: { inside: [] } } }, { persoon: { bsn: '999990019' } }).persoon).toBe('{}')
})

const kenmerken = {
  kenmerken: {
    value: 'json' as const,
    inside: [
      leaf(['*', 'bron']),
      leaf(['*', 'bsn'], 'text', 'bsn'),
      leaf(['*', 'aantal'], 'integer'),
      leaf(['*', 'codes'], 'text', 'none', true),
    ],
  },
}
const child = (path: string[], kind: PersonalKind | 'none' = 'none', treatment: Treatment = 'keep', type = 'text' as const) => ({
  name: path.join('_'),
  path,
  type,
  value: 'text' as const,
  kind,
  treatment,
  description: '',
})
const tables: DatasetSketch = {
  columns: {},
  children: [
    {
      table: 'dataset_0_kenmerken',
      field: 'kenmerken',
      columns: [child(['bron']), child(['bsn'], 'bsn', 'pseudonymise'), child(['aantal']), child(['codes'])],
    },
  ],
}

test('a list of objects becomes rows of a child table, each value treated as its column says', () => {
  const { children } = row(kenmerken, tables, {
    kenmerken: [{ bron: 'A', bsn: '999990019', aantal: 12, codes: ['x', null], meer: 'Jansen' }, { bron: null }, null],
  })
  expect(children[0]!.map((c) => c.columns)).toEqual([
    ['A', pseudonymise('999990019', 'bsn'), '12', '{"x",NULL}'],
    [null, null, null, null],
    [null, null, null, null],
  ])
  expect(row(kenmerken, tables, { kenmerken: null }).children).toEqual([[]])
  expect(row(kenmerken, tables, { kenmerken: [] }).children).toEqual([[]])
})

const hashed = {
  a: {},
  b: { value: 'decimal' as const },
  c: { list: true },
  d: { value: 'json' as const, inside: [leaf(['x']), leaf(['y'])] },
  gewijzigd: { volatile: true },
  ...kenmerken,
}
const columnsAndTable: DatasetSketch = { ...tables, columns: { a: {}, b: {}, c: {}, d: {}, gewijzigd: {} } }
const text = fc.option(fc.string({ unit: fc.constantFrom(...'aN\\{},"V'), maxLength: 3 }))
const record = fc.record({
  a: text,
  b: fc.option(fc.constantFrom('1', '1.0', '10', '-1')),
  c: fc.option(fc.array(text, { maxLength: 2 })),
  d: fc.option(fc.record({ x: text, y: text }, { requiredKeys: [] })),
  gewijzigd: text,
  kenmerken: fc.option(fc.array(fc.record({ bron: text, aantal: fc.option(fc.nat(2)) }), { maxLength: 2 })),
})

test('the hash changes exactly when a column that counts, or a child row, changes', () => {
  fc.assert(
    fc.property(record, record, (one, other) => {
      const [a, b] = [row(hashed, columnsAndTable, one), row(hashed, columnsAndTable, other)]
      const counts = (r: ShieldedRow) =>
        JSON.stringify([r.columns.filter((_, at) => at !== 5), r.children.map((rows) => rows.map((c) => c.columns))])
      expect(a.hash === b.hash).toBe(counts(a) === counts(b))
      expect(a.hash).toMatch(/^[0-9a-f]{32}$/)
    }),
    { numRuns: 3000 },
  )
})

test('the hash is the same whatever changes in a volatile column, and in the order in which the source writes', () => {
  fc.assert(
    fc.property(record, text, (one, gewijzigd) => {
      const turned = Object.fromEntries(Object.entries({ ...one, gewijzigd }).reverse())
      expect(row(hashed, columnsAndTable, turned).hash).toBe(row(hashed, columnsAndTable, one).hash)
    }),
  )
})

test('a column that a rule empties is empty in the row and in its hash', () => {
  const rules: DatasetSketch['rules'] = [{ id: 'nl.bsn', field: 'bsn', severity: 'blank', check: { name: 'bsn', parameters: {} } }]
  const blanked = row({ bsn: {} }, { rules }, { bsn: '12345678' })
  expect(blanked.columns).toEqual(['1', null])
  expect(blanked.hash).toBe(row({ bsn: {} }, { rules }, { bsn: null }).hash)
})

function refused(fields: Fields, sketch: DatasetSketch, rejected: object): RefusedRecord {
  const { shield, shaped, checked } = through(fields, sketch, rejected)
  expect(checked.goes).toBe('quarantine')
  return shield.refused(shaped, checked)
}

const rules: DatasetSketch['rules'] = [{ id: 'nl.bsn', field: 'bsn', check: { name: 'bsn', parameters: {} } }]
const rol = { bsn: { kind: 'bsn' as const }, naam: { kind: 'naam' as const }, dag: { value: 'date' as const }, ...person }

test('of a record that a rule refuses, quarantine keeps what would have landed', () => {
  const sketch: DatasetSketch = { rules, columns: { bsn: { treatment: 'pseudonymise' }, dag: {}, ...allowed.columns } }
  expect(refused(rol, sketch, { bsn: '12345678', naam: 'Jansen', dag: '2026-01-01', persoon: { naam: 'Jansen', rol: 'melder' } })).toEqual({
    record: { id: '1', bsn: pseudonymise('12345678', 'bsn'), dag: '2026-01-01', persoon: { rol: 'melder' } },
    findings: [{ rule: 'nl.bsn', severity: 'reject', column: 'bsn' }],
  })
})

test('of a record that cannot be shaped, quarantine keeps its key, and names, types and lengths', () => {
  const sketch: DatasetSketch = { rules, columns: { bsn: { treatment: 'keep' }, dag: {} } }
  expect(refused(rol, sketch, { bsn: '999990019', dag: 'Jansen' })).toEqual({
    record: { id: '1' },
    findings: [{ rule: 'shape.date', severity: 'reject', column: 'dag', detail: 'expected date, found text of 6 characters' }],
  })
})

test('a key of a personal kind is its pseudonym everywhere', () => {
  const fields: Fields = { id: { key: true, kind: 'bsn' } }
  const sketch: DatasetSketch = { columns: { id: { treatment: 'pseudonymise' } } }
  const { shield, shaped, checked } = through(fields, sketch, { id: '999990019' })
  const pseudonym = pseudonymise('999990019', 'bsn')
  expect(shield.key(shaped)).toEqual([pseudonym])
  expect(shield.row(shaped, checked).columns).toEqual([pseudonym])
  expect(shield.refused(shaped, checked).record).toEqual({ id: pseudonym })
})

test('nothing of a value that may not land is in a row, a key or what quarantine keeps, whatever the record looks like', () => {
  const secret = 'GEHEIM'
  const fields = { ...rol, ...kenmerken, extra: { kind: 'vrije_tekst' as const } }
  const sketch: DatasetSketch = {
    rules,
    ...tables,
    columns: {
      bsn: { treatment: 'pseudonymise' },
      dag: {},
      naam: { treatment: 'drop' },
      persoon: allowed.columns!.persoon!,
      extra: { treatment: 'drop' },
    },
  }
  const personal = fc.oneof(fc.string(), fc.constant('')).map((t) => `${secret}${t}`)
  const anything = fc.anything({
    values: [personal, fc.integer(), fc.boolean(), fc.constant(null)],
    key: fc.constantFrom('bsn', 'naam', 'geboren', 'namen', '0'),
  })
  const records = fc.record(
    {
      bsn: fc.oneof(personal, anything),
      naam: anything,
      dag: anything,
      extra: anything,
      persoon: fc.oneof(
        anything,
        fc.record({
          bsn: anything,
          naam: anything,
          geboren: anything,
          namen: anything,
          adressen: fc.array(fc.record({ postcode: anything })),
        }),
      ),
      kenmerken: fc.oneof(anything, fc.array(fc.record({ bsn: anything, dossier: anything }))),
      [`x${secret}`]: anything,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(records, (source) => {
      const { shield, shaped, checked } = through(fields, sketch, source)
      const kept = [
        shield.key(shaped),
        shield.refused(shaped, checked),
        checked.goes === 'land' ? shield.row(shaped, checked) : null,
        checked,
      ]
      expect(stringify(kept)).not.toContain(secret)
    }),
    { numRuns: 2000 },
  )
})
