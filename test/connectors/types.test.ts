import { expect, test } from 'vitest'
import { z } from 'zod'
import { connector, field } from '../../connectors/connector.js'

const record = z.object({
  id: field(z.string(), 'none', 'Number on the pole'),
  gewijzigdOp: field(z.iso.datetime({ offset: true }), 'none', 'Last change of the record'),
})
const docs = 'https://data.example.nl/docs'
const list = { path: 'laadpalen', pages: { by: 'single' as const } }

// Each of these is the assertion: without an error where one is expected, the type check of this file fails.
test('a key, cursor or parent field that is not in the record does not compile', () => {
  connector({ docs, streams: { palen: { ...list, record, key: 'id', changes: { cursor: 'gewijzigdOp', param: 'na' } } } })
  connector({ docs, streams: { palen: { ...list, record, key: ['id', 'gewijzigdOp'] } } })
  connector({
    docs,
    streams: {
      // @ts-expect-error 'uuid' is not a field of the record
      palen: { ...list, record, key: 'uuid' },
      // @ts-expect-error 'uuid' is not a field of the record
      dubbel: { ...list, record, key: ['id', 'uuid'] },
      // @ts-expect-error 'veranderd' is not a field of the record
      cursor: { ...list, record, key: 'id', changes: { cursor: 'veranderd', param: 'na' } },
      // @ts-expect-error 'paal' is not a field of the record
      ouder: { ...list, record, key: 'id', parent: { stream: 'palen', field: 'paal' } },
    },
  })
  expect(record.shape.id.meta()).toMatchObject({ kind: 'none' })
})

test('what a function of a stream is called with has its type without being stated', () => {
  const { streams } = connector({
    docs,
    streams: {
      palen: {
        record,
        key: 'id',
        async *read(ctx) {
          const source: string = ctx.source
          yield { records: [{ id: source }] }
          return { complete: 'all' }
        },
      },
    },
  })
  expect(streams.palen.key).toBe('id')
})

test('streams that are known only at the source compile with any key', () => {
  const dynamic = connector({
    docs,
    streams: ({ streams }) =>
      Object.fromEntries(Object.keys(streams).map((name) => [name, { ...list, record: { type: 'object' }, key: 'id' }])),
  })
  expect(Object.keys(dynamic.streams({ settings: {}, streams: { a: {} } }))).toEqual(['a'])
})
