import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { personalKinds } from '../../config/kinds.js'
import { fingerprintOf, newPseudonymKey, normalise, pseudonymiser, readPseudonymKey } from '../../worker/pseudonyms.js'

const secret = `${'A'.repeat(42)}E`
const key = readPseudonymKey('sociaal', `so1:${secret}`)!

test('a pseudonym is the HMAC of the value under the key of the domain, with the id of the key in front', () => {
  const made = createHmac('sha256', Buffer.from(secret, 'base64url')).update('999990019').digest('base64url')
  expect(pseudonymiser(key)('999990019', 'bsn')).toBe(`so1_${made}`)
})

test('a new key has the id of its domain and generation, and is another each time', () => {
  expect(newPseudonymKey('sociaal')).toMatch(/^so1:[A-Za-z0-9_-]{43}$/)
  expect(newPseudonymKey('sociaal', 12)).toMatch(/^so12:/)
  expect(newPseudonymKey('2-x')).toMatch(/^xx1:/)
  expect(newPseudonymKey('sociaal')).not.toBe(newPseudonymKey('sociaal'))
  for (const domain of ['sociaal', 'a', '9', 'wmo-monitor'])
    expect(readPseudonymKey(domain, newPseudonymKey(domain, 3))?.domain).toBe(domain)
})

test.each([
  ['without an id', secret],
  ['with an id of one sign', `s:${secret}`],
  ['with an id in capitals', `SO1:${secret}`],
  ['that is too short', `so1:${secret.slice(1)}`],
  ['that is too long', `so1:${secret}AA`],
  ['with other signs', `so1:${'+'.repeat(43)}`],
  ['of two lines', `so1:${secret}\nso2:${secret}`],
  ['of nothing', ''],
])('a text %s is no key', (_, text) => {
  expect(readPseudonymKey('sociaal', text)).toBeUndefined()
})

test('a key may end in a line end and in the = of base64', () => {
  expect(readPseudonymKey('sociaal', ` so1:${secret}=\n`)).toEqual(key)
})

test('a fingerprint identifies a key and tells nothing of it', () => {
  const other = readPseudonymKey('sociaal', newPseudonymKey('sociaal'))!
  expect(fingerprintOf(key)).toMatch(/^[0-9a-f]{16}$/)
  expect(fingerprintOf(key)).toBe(fingerprintOf({ ...key, domain: 'x', id: 'xx1' }))
  expect(fingerprintOf(key)).not.toBe(fingerprintOf(other))
  expect(key.secret.toString('hex')).not.toContain(fingerprintOf(key))
})

test.each<[(typeof personalKinds)[number], string, string]>([
  ['bsn', '999990019', '9999.90.019'],
  ['bsn', '012345672', '12345672'],
  ['bsn', '012345672', ' 12345672 '],
  ['postcode', '2611AB', '2611 ab'],
  ['kenteken', 'GV-123-B', 'gv123b'],
  ['rekening', 'NL91 ABNA 0417 1643 00', 'nl91abna0417164300'],
  ['contact', 'A.B@Voorbeeld.NL', ' a.b@voorbeeld.nl'],
  ['contact', '+31 (0)6-12345678', '+310612345678'],
  ['naam', 'Van  der Berg', ' Van der\tBerg '],
  ['naam', 'Zoë', 'Zoe\u0308'],
])('of kind %s, %j and %j are one', (kind, one, other) => {
  expect(normalise(other, kind)).toBe(normalise(one, kind))
  expect(pseudonymiser(key)(other, kind)).toBe(pseudonymiser(key)(one, kind))
})

test.each<[(typeof personalKinds)[number], string, string]>([
  ['bsn', '999990019', '999993653'],
  ['bsn', '12345678', '1234567 8 9'],
  ['bsn', '1234567890', '123456789'],
  ['naam', 'Jansen', 'Janssen'],
  ['identificatie', '0012', '12'],
])('of kind %s, %j and %j are two', (kind, one, other) => {
  expect(pseudonymiser(key)(other, kind)).not.toBe(pseudonymiser(key)(one, kind))
})

test('a value that was made normal is normal, whatever it is', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0123456789 .-@()+aßİ\u0308\u00a0') }))
  fc.assert(
    fc.property(value, fc.constantFrom(...personalKinds), (text, kind) => {
      const once = normalise(text, kind)
      expect(normalise(once, kind)).toBe(once)
    }),
    { numRuns: 5000 },
  )
})

test('one domain joins and two do not', () => {
  const [here, there] = [pseudonymiser(key), pseudonymiser(readPseudonymKey('anders', newPseudonymKey('anders'))!)]
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.constantFrom(...personalKinds), (one, other, kind) => {
      const same = normalise(one, kind) === normalise(other, kind)
      expect(here(one, kind) === here(other, kind)).toBe(same)
      expect(here(one, kind).split('_').slice(1).join('_')).not.toBe(there(one, kind).split('_').slice(1).join('_'))
    }),
  )
})

test('a pseudonym stays the same when more values were seen than are remembered', () => {
  const make = pseudonymiser(key)
  const before = make('999990019', 'bsn')
  for (let n = 0; n < 20_001; n++) make(String(n), 'identificatie')
  expect(make('999990019', 'bsn')).toBe(before)
})
