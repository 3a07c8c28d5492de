import { expect, test } from 'vitest'
import type { ValueType } from '../../../config/dataset-plan.js'
import { shippedPacks } from '../../../config/packs.js'
import { prepareShape } from '../../../worker/pipeline/shape.js'
import { prepareRules } from '../../../worker/rules/engine.js'
import { streamPlan } from '../plans.js'

const rules = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()])
const fieldRules = rules.flatMap((rule) => (rule.level === 'field' ? [[rule.id, rule] as const] : []))

test('there are packs with rules to judge', () => {
  expect(fieldRules.map(([id]) => id)).toEqual(expect.arrayContaining(['nl.bsn', 'nl.rsin', 'time.datum', 'zgw-zaken.betrokkene-type']))
})

test.each(fieldRules)('the examples of %s are what they say', (id, rule) => {
  // A rule without a type is about texts.
  const value: ValueType = rule.appliesTo.types?.[0] ?? 'text'
  const plan = streamPlan({ veld: { value } }, [{ rules: [{ id, field: 'veld', check: rule.check }] }])
  const shape = prepareShape(plan)
  const judge = prepareRules(plan)[0]!
  const brokenBy = (example: string | null) => judge(shape({ id: '1', veld: example }, new Set())).map((finding) => finding.rule)
  for (const example of rule.examples.valid) expect(brokenBy(example), `${id}: ${example}`).toEqual([])
  for (const example of rule.examples.invalid) expect(brokenBy(example), `${id}: ${example}`).toEqual([id])
})
