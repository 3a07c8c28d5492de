import { expect, test } from 'vitest'
import { treatments } from '../../../config/kinds.js'
import { scalars } from '../../../worker/pipeline/values.js'
import { builtInRules } from '../../../worker/rules/built-in.js'

test('each type that a value can fail to be has a sentence in Dutch and in English', () => {
  for (const type of [...Object.keys(scalars), 'geometry', 'json']) expect(builtInRules[`shape.${type}`]).toBeDefined()
})

test('each treatment that makes a value coarser has a sentence for a value that it cannot', () => {
  const coarser = treatments.filter((t) => !['drop', 'keep', 'pseudonymise', 'buurt'].includes(t))
  for (const treatment of coarser) expect(builtInRules[`shield.${treatment}`]).toBeDefined()
})

test('the sentences are whole, short, and name no value', () => {
  for (const { nl, en } of Object.values(builtInRules)) {
    for (const sentence of [nl, en]) {
      expect(sentence).toMatch(/^\p{Lu}.*\.$/u)
      expect(sentence.length).toBeLessThanOrEqual(200)
    }
  }
})
