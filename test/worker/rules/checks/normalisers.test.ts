import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normaliseIban } from '../../../../worker/rules/checks/accounts.js'
import { normaliseGemeentecode, normalisePostcode, normaliseRegionCode } from '../../../../worker/rules/checks/addresses.js'
import { normaliseKenteken, normaliseTelefoon } from '../../../../worker/rules/checks/contact.js'
import { normaliseBtw } from '../../../../worker/rules/checks/identifiers.js'
import { capitals } from '../../../../worker/rules/checks/letters.js'

const normalisers: [string, (text: string) => string][] = Object.entries({
  normaliseIban,
  normaliseGemeentecode,
  normalisePostcode,
  normaliseRegionCode,
  normaliseKenteken,
  normaliseTelefoon,
  normaliseBtw,
  capitals,
})

// Texts of the signs that the normalisers look at, and any others.
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0123aAzZ @.-()+GMıßſ\n') }))

test.for(normalisers)('%s says the same of what it said', ([, normalise]) => {
  fc.assert(fc.property(text, (written) => normalise(normalise(written)) === normalise(written)))
})

test('a telephone number is the same however it is written', () => {
  const written = ['+31 70 123 45 67', '+31 (0)70-1234567', '0031 70 1234567', '(+31) 70 1234567']
  expect(new Set(written.map(normaliseTelefoon))).toEqual(new Set(['+31701234567']))
})
