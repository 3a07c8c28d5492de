import { expect, test } from 'vitest'
import { shippedPacks } from '../../../config/packs.js'
import { judgeExample } from '../../../worker/rules/field-examples.js'

const rules = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()])
const fieldRules = rules.flatMap((rule) => (rule.level === 'field' ? [[rule.id, rule] as const] : []))

test('there are packs with rules to judge', () => {
  expect(fieldRules.map(([id]) => id)).toEqual(
    expect.arrayContaining([
      'nl.bsn',
      'nl.iban',
      'time.tijdstip',
      'geo.wgs84',
      'cbs.buurt',
      'bag.pand',
      'brk.kadastrale-aanduiding',
      'brp.gba-datum',
    ]),
  )
})

test.each(fieldRules)('the examples of %s are what they say', (_, rule) => {
  expect(rule.examples.valid.map((example) => [example, judgeExample(rule, example)])).toEqual(
    rule.examples.valid.map((example) => [example, 'ok']),
  )
  expect(rule.examples.invalid.map((example) => [example, judgeExample(rule, example)])).toEqual(
    rule.examples.invalid.map((example) => [example, 'violation']),
  )
})

test.each(fieldRules)('%s says from which day the law or standard asks for it', (_, { validFrom }) => {
  expect(validFrom).toMatch(/^(19|20)\d\d-\d\d-\d\d$/)
})

test.each(fieldRules)('%s has three examples on each side, or all that its list has', (_, { check, examples }) => {
  // What is absent is absent in one way only.
  if (check.name === 'required') return
  const codes = check.name === 'code-list' ? (check.parameters.values as string[]).length : 3
  expect(examples.valid.length).toBeGreaterThanOrEqual(Math.min(3, codes))
  expect(examples.invalid.length).toBeGreaterThanOrEqual(3)
})
