import { expect, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { readPack, shippedPacks } from '../../config/packs.js'
import type { Rule } from '../../config/rules.js'
import { judgeExample } from '../../worker/rules/field-examples.js'
import { changed, sample, withFile } from './files.js'

const rules = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()])
const fieldRules = rules.filter((rule) => rule.level === 'field')

type FieldRule = Extract<Rule, { level: 'field' }>

const takes = (rule: FieldRule, value: string | null): boolean => judgeExample(rule, value) === 'ok'

test.for(fieldRules.map((rule) => [rule.id, rule] as const))('the examples of %s are judged by the engine as the pack says', ([, rule]) => {
  expect(rule.examples.valid.filter((value) => !takes(rule, value))).toEqual([])
  expect(rule.examples.invalid.filter((value) => takes(rule, value))).toEqual([])
})

test.for(rules.map((rule) => [rule.id, rule] as const))('%s names its law or standard, and speaks two languages', ([, rule]) => {
  expect(rule.source).toMatch(/\S/)
  expect(rule.nl).toMatch(/\.$/)
  expect(rule.en).toMatch(/\.$/)
  expect(rule.nl).not.toBe(rule.en)
})

test('the pack of zaken brings along those of numbers, of days, of places and of personal values', () => {
  expect(shippedPacks().get('zgw-zaken')).toMatchObject({ also: ['nl', 'time', 'geo', 'avg'] })
})

test('a rule on the record keeps its expression; the contract chooses its severity', () => {
  const { project } = loadSnapshot(sample)
  expect(project.packs.get('zgw-zaken')!.rules.get('zgw-zaken.zrc-013a')).toMatchObject({
    level: 'record',
    appliesTo: { streams: ['zaken'], columns: undefined },
    check: 'hoofdzaak_uuid == null || hoofdzaak_uuid != uuid',
  })
  expect(project.datasets.get('wmo.zaken')!.rules.set['zgw-zaken.zrc-013a']).toEqual({ severity: 'reject', upTo: undefined })
})

test("a contract's own rule has the id own.<rule>, and is on a field where it names one", () => {
  const own = loadSnapshot(sample).project.datasets.get('wmo.zaken')!.rules.own['besluit-op-tijd']
  expect(own).toMatchObject({ id: 'own.besluit-op-tijd', level: 'record', severity: 'warn', version: 1 })
  const files = changed(
    'datasets/zaken/rollen.yaml',
    'personal: [bsn]',
    `personal: [bsn]
rules:
  own:
    roltype-er:
      field: roltype_uuid
      check: required
      severity: report
      nl: Elke rol heeft een roltype.
      en: Each rol has a roltype.
      examples: { valid: [6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01], invalid: [null] }`,
  )
  expect(loadSnapshot(files).project.datasets.get('zaken.rollen')!.rules.own['roltype-er']).toMatchObject({
    level: 'field',
    appliesTo: { columns: ['roltype_uuid'] },
    check: { name: 'required', parameters: {} },
    examples: { valid: ['6c3b9a52-8f0e-4d0b-9f67-2d1c2f6f0a01'], invalid: [null] },
  })
})

test('a project adds packs of its own, with or without a heading', () => {
  const text = `pand-identificatie:
  field: identificatie
  check: { pattern: '^[0-9]{4}10[0-9]{10}$' }
  severity: reject
  source: BAG API Individuele Bevragingen v2, adressen.yaml, pattern of pandIdentificatie
  nl: Een pandidentificatie is 16 cijfers; cijfer 5 en 6 zijn 10.
  en: A pand identification has 16 digits; digits 5 and 6 are 10.
  examples: { valid: ['1926100000485708'], invalid: ['1926200000508011', '1.9261E+15'] }
`
  const { project } = loadSnapshot(withFile('rules/bag-eigen.yaml', text))
  const pack = project.packs.get('bag-eigen')!
  expect(pack).toMatchObject({ name: 'bag-eigen', title: 'bag-eigen', version: '1.0.0', also: [], file: 'rules/bag-eigen.yaml' })
  const rule = pack.rules.get('bag-eigen.pand-identificatie') as FieldRule
  expect(rule.check).toEqual({ name: 'pattern', parameters: { pattern: '^[0-9]{4}10[0-9]{10}$' } })
  expect(rule.examples.invalid.filter((value) => takes(rule, value))).toEqual([])
  expect(rule.examples.valid.every((value) => takes(rule, value))).toBe(true)
})

test('a check takes its parameters in the form of its name', () => {
  const rule = (check: string) => {
    const text = `it:\n  field: x\n  check: ${check}\n  severity: warn\n  source: afspraak\n  nl: a\n  en: b\n  examples: { valid: [a], invalid: [b] }\n`
    return readPack('eigen', 'rules/eigen.yaml', text).pack!.rules.get('eigen.it')!.check
  }
  expect(rule('code-list')).toEqual({ name: 'code-list', parameters: {} })
  expect(rule('{ code-list: [a, 01] }')).toEqual({ name: 'code-list', parameters: { values: ['a', '01'] } })
  expect(rule('{ date: { from: 1850-01-01 } }')).toEqual({ name: 'date', parameters: { from: '1850-01-01' } })
})
