import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shownCode, shownUrl, shownUrn } from '../../connectors/redact.js'

test.each([
  [
    'https://zaken.example/zaken?page=7&pageSize=500&ordering=-startdatum',
    'https://zaken.example/zaken?page=7&pageSize=500&ordering=-startdatum',
  ],
  [
    'https://zaken.example/zaken/0b5c2b1e-1b1e-4b1e-8b1e-123456789012/rollen',
    'https://zaken.example/zaken/0b5c2b1e-1b1e-4b1e-8b1e-123456789012/rollen',
  ],
  [
    'https://zaken.example/rollen?betrokkeneIdentificatie__natuurlijkPersoon__inpBsn=999990019',
    'https://zaken.example/rollen?betrokkeneIdentificatie__natuurlijkPersoon__inpBsn=…',
  ],
  ['https://zaken.example/zaken?registratiedatum__gt=2026-01-01', 'https://zaken.example/zaken?registratiedatum__gt=…'],
  ['https://brp.example/personen/999990019/kinderen', 'https://brp.example/personen/…/kinderen'],
  ['https://brp.example/personen/BSN-99999001-x', 'https://brp.example/personen/…'],
  ['https://topdesk.example/persons/j.jansen%40waterdam.example', 'https://topdesk.example/persons/…'],
  ['https://kvk.example/basisprofielen/69599084', 'https://kvk.example/basisprofielen/…'],
  ['https://bag.example/panden/1926100000485708', 'https://bag.example/panden/1926100000485708'],
  ['https://jan:geheim@zaken.example/zaken#deel', 'https://zaken.example/zaken'],
  ['https://zaken.example/zaken?page=Zo%C3%AB', 'https://zaken.example/zaken?page=…'],
  ['https://zaken.example/zaken?999990019=1', 'https://zaken.example/zaken?…=…'],
  ['https://zaken.example/zaken?ordering=999990019', 'https://zaken.example/zaken?ordering=…'],
  ['no address', '…'],
])('%s is shown as %s', (address, shown) => {
  expect(shownUrl(address)).toBe(shown)
})

test('a number of eight or nine digits is never shown, wherever it stands in an address', () => {
  const bsn = fc.integer({ min: 10_000_000, max: 999_999_999 }).map(String)
  const around = fc.constantFrom('', '-', '.', '%20', 'x', '_')
  fc.assert(
    fc.property(
      bsn,
      around,
      around,
      fc.constantFrom('path', 'name', 'value', 'page', 'fragment', 'user'),
      (number, before, after, where) => {
        const text = `${before}${number}${after}`
        const address = {
          path: `https://a.example/x/${text}/y`,
          name: `https://a.example/x?${text}=1`,
          value: `https://a.example/x?q=${text}`,
          page: `https://a.example/x?page=${text}`,
          fragment: `https://a.example/x#${text}`,
          user: `https://${text}:x@a.example/x`,
        }[where]
        return !shownUrl(address).includes(number)
      },
    ),
  )
})

test.each(['jwt-expired', 'permission_denied', 'unknown-parameters', 'ERROR_CODE_SERVICE_NOT_FOUND', 'max-occurences'])(
  'the code %s is shown',
  (code) => {
    expect(shownCode(code)).toBe(code)
  },
)

test.each([
  ['a sentence', 'De zaak van Zoë'],
  ['a number', 999990019],
  ['digits', '999990019'],
  ['a word with digits', 'bsn-999990019'],
  ['nothing', ''],
  ['null', null],
  ['a page', 'x'.repeat(100)],
])('what is %s and no code is not', (_, code) => {
  expect(shownCode(code)).toBeUndefined()
})

test.each(['urn:uuid:49b8cb4c-e928-4099-945e-62a1ad9daf09', 'urn:uuid:12345678-1234-4123-8123-123456789012', 'urn:fout:a7.b8'])(
  'the name %s of an occurrence is shown',
  (urn) => {
    expect(shownUrn(urn)).toBe(urn)
  },
)

test.each(['urn:bsn:999990019', 'urn:uuid:999990019', 'https://a.example/fouten/1', 'urn:naam van Zoë', `urn:${'x'.repeat(90)}`, 12, null])(
  '%j is no name of an occurrence',
  (urn) => {
    expect(shownUrn(urn)).toBeUndefined()
  },
)
