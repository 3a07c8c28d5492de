import fc from 'fast-check'
import { LosslessNumber } from 'lossless-json'
import { expect, test } from 'vitest'
import type { Stream } from '../../connectors/connector.js'
import { cursorGuard } from '../../connectors/cursor-guard.js'
import { fieldsOf } from '../../connectors/record.js'

const record = {
  properties: {
    id: { type: 'string', kind: 'none', description: 'Nummer' },
    bsn: { type: 'string', kind: 'bsn', description: 'BSN' },
    persoon: {
      properties: {
        naam: { type: 'string', kind: 'naam', description: 'Naam' },
        nummer: { type: 'string', kind: 'adres', description: 'Huisnummer' },
      },
    },
    dag: { type: 'string', format: 'date', kind: 'none', description: 'Dag' },
  },
} as const

const guardOf = (more: Partial<Stream> = {}) => {
  const stream: Stream = { record, key: 'id', ...more }
  return cursorGuard(stream, fieldsOf(stream.record))
}
const bsn = '999990019'
const last = { id: 'A7', bsn, persoon: { naam: 'Van der Kwastel', nummer: '12' }, dag: '2026-01-01' }
const page = { records: [{ id: 'A6', bsn: '999993653' }, last] }

test.each([
  ['the number of a page', '{"page":7}'],
  ['the key of the last record', 'https://a.example/x?after=A7'],
  ['the day of the last record', 'https://a.example/x?since=2026-01-01'],
  ['a house number, which stands in any text', 'https://a.example/x?page=12'],
])('%s may be kept', (_, cursor) => {
  expect(guardOf()(cursor, page)).toBe(true)
})

test.each([
  ['as it is', `https://a.example/x?after=${bsn}`],
  ['inside a list of cursors', JSON.stringify({ list: JSON.stringify({ url: `https://a.example/x?after=${bsn}` }) })],
  ['percent-encoded', 'https://a.example/x?after=Van%20der%20Kwastel'],
  ['with + for spaces', 'https://a.example/x?after=Van+der+Kwastel'],
  ['in base64', Buffer.from(JSON.stringify({ after: bsn })).toString('base64')],
  ['in base64 inside an address', `https://a.example/x?token=${encodeURIComponent(Buffer.from(`v1|${bsn}`).toString('base64'))}`],
  ['in base64url', Buffer.from(`??>>${bsn}`).toString('base64url')],
])('a value of a person is seen %s, and the cursor is not kept', (_, cursor) => {
  expect(guardOf()(cursor, page)).toBe(false)
})

test('a number that is kept exact is a value too', () => {
  expect(guardOf()(`after=${bsn}`, { records: [{ id: '1', bsn: new LosslessNumber(bsn) }] })).toBe(false)
})

test('where the key or the parent is a person, no cursor is kept', () => {
  expect(guardOf({ key: 'bsn' })('{"page":7}', page)).toBe(false)
  expect(guardOf({ key: ['id', 'bsn'] })('{"page":7}', page)).toBe(false)
  expect(guardOf({ parent: { stream: 'personen', field: 'bsn' } })('{"page":7}', page)).toBe(false)
  expect(guardOf({ parent: { stream: 'dossiers', field: 'dag' } })('{"page":7}', page)).toBe(true)
})

test('a page without records says nothing of a person', () => {
  expect(guardOf()('{"page":7}', { records: [] })).toBe(true)
})

test('a number of a person is never kept, whatever stands around it', () => {
  const text = fc.string({ maxLength: 12 })
  const write = fc.constantFrom(
    (t: string) => t,
    (t: string) => encodeURIComponent(t),
    (t: string) => Buffer.from(t).toString('base64'),
    (t: string) => `https://a.example/?c=${Buffer.from(t).toString('base64url')}`,
  )
  fc.assert(fc.property(text, text, write, (before, after, written) => !guardOf()(written(`${before}${bsn}${after}`), page)))
})
