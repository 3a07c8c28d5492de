import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { compareProposals, entryOf, streamsText, withStreams } from '../../cli/discovery.js'
import type { StreamProposal } from '../../connectors/connector.js'

const proposal: StreamProposal = {
  settings: { table: 'WMO.VOORZIENING' },
  key: ['ID'],
  description: 'Voorzieningen',
  record: {
    properties: {
      ID: { type: 'integer', kind: 'none' },
      BSN: { type: 'string', description: 'Nummer: van wie?' },
      'DATUM BESLUIT': { type: ['string', 'null'], format: 'date' },
      NO: { type: 'string', enum: ['a', null] },
    },
  },
}

test('a proposal is in the form of a source file, and leaves the kind of each field to a person', () => {
  expect(entryOf(proposal)).toEqual({
    table: 'WMO.VOORZIENING',
    key: 'ID',
    record: {
      ID: { type: 'integer' },
      BSN: { type: 'text', description: 'Nummer: van wie?' },
      'DATUM BESLUIT': { type: 'date' },
      NO: { type: 'text' },
    },
  })
  expect(entryOf({ ...proposal, key: ['A', 'B'] })).toMatchObject({ key: ['A', 'B'] })
  expect(entryOf({ ...proposal, key: [] })).not.toHaveProperty('key')
})

test('its text has a field a line, and is read back as it is', () => {
  const text = streamsText({ voorzieningen: proposal })
  expect(parse(text)).toEqual({ streams: { voorzieningen: entryOf(proposal) } })
  expect(text).toContain('      ID: { type: integer }\n')
})

describe('proposals are put in the file of a source, and all else in it stays', () => {
  test('at its end, where it has no streams yet', () => {
    const before = '# de bron\nconnector: tabellen\nbaseUrl: https://x.example # adres\n'
    const after = withStreams(before, { voorzieningen: proposal })!
    expect(after.startsWith(before)).toBe(true)
    expect(parse(after)).toMatchObject({ connector: 'tabellen', streams: { voorzieningen: { key: 'ID' } } })
  })

  test('behind the last stream, with its indent and behind its comments', () => {
    const before =
      'connector: tabellen\nstreams:\n    # met de hand\n    eerste:\n        table: A # eerste tabel\n        record:\n            ID: { type: integer, kind: none } # nummer\n\nbaseUrl: https://x.example\n'
    const after = withStreams(before, { voorzieningen: proposal, tweede: { ...proposal, key: [] } })!
    expect(parse(after)).toMatchObject({
      streams: { eerste: { table: 'A' }, voorzieningen: { key: 'ID' }, tweede: {} },
      baseUrl: 'https://x.example',
    })
    expect(Object.keys(parse(after).streams)).toEqual(['eerste', 'voorzieningen', 'tweede'])
    const lines = after.split('\n')
    expect(before.split('\n').every((line) => lines.includes(line))).toBe(true)
    expect(lines).toContain('    voorzieningen:')
  })

  test('with the line ends of Windows where the file has them', () => {
    const after = withStreams('connector: x\r\n', { voorzieningen: proposal })!
    expect(after.replaceAll('\r\n', '').includes('\n')).toBe(false)
  })

  test('not where the streams stand on one line, or the file cannot be read', () => {
    expect(withStreams('connector: x\nstreams: { a: { table: A } }\n', { voorzieningen: proposal })).toBeUndefined()
    expect(withStreams('{ connector: x }\n', { voorzieningen: proposal })).toBeUndefined()
    expect(withStreams('connector: [\n', { voorzieningen: proposal })).toBeUndefined()
  })
})

test('what differs between a source and its file is told by field', () => {
  const written = { voorzieningen: { record: { ID: {}, OUD: {} } }, kaal: {} }
  expect(compareProposals({ voorzieningen: proposal, nieuw: proposal, kaal: proposal }, written)).toEqual({
    fresh: ['nieuw'],
    differ: [{ stream: 'voorzieningen', added: ['BSN', 'DATUM BESLUIT', 'NO'], gone: ['OUD'] }],
  })
})
