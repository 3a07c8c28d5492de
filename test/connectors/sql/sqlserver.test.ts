/**
 * What is sent to SQL Server, as text: no such server can be had where these tests run, so that nothing here shows that one takes it.
 */
import { describe, expect, test } from 'vitest'
import type { SqlRow, SqlStatement } from '../../../connectors/connector.js'
import connector from '../../../connectors/sql/connector.js'
import type { Column } from '../../../connectors/sql/dialect.js'
import type { Query } from '../../../connectors/sql/query.js'
import { sqlserver as dialect } from '../../../connectors/sql/sqlserver.js'
import { sqlFailure } from '../../../connectors/sql-client-failures.js'
import { configurationOf, failureOf, session, sqlserver } from '../../../connectors/sql-client-sqlserver.js'
import { openSource, readStream } from '../reading.js'
import { record } from './reading.js'

/** A statement with its placeholders. */
const written = ({ texts }: Query): string =>
  texts
    .map((part, n) => (n === 0 ? part : sqlserver.placeholder(n - 1) + part))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()

const column = (type: string, more: Partial<Column> = {}): Column => ({
  name: 'K]',
  type,
  form: dialect.formOf(type, type.replace(/\(.*/, '')),
  nullable: false,
  loose: false,
  comment: undefined,
  ...more,
})

describe('SQL Server', () => {
  test.each([
    ['nvarchar(50)', 'text', 'convert(nvarchar(max), t.[K]]])', 'convert(nvarchar(50), @p0)'],
    ['money', 'decimal', 'convert(nvarchar(max), t.[K]]], 2)', 'convert(money, @p0)'],
    ['float', 'decimal', 'convert(nvarchar(max), t.[K]]], 3)', 'convert(float, @p0)'],
    ['decimal(38,10)', 'decimal', 'convert(nvarchar(max), t.[K]]])', 'convert(decimal(38,10), @p0)'],
    ['datetime2(7)', 'datetime', 'convert(nvarchar(max), t.[K]]], 121)', 'convert(datetime2(7), @p0, 121)'],
    ['datetimeoffset(7)', 'moment', 'convert(nvarchar(max), t.[K]]], 127)', 'convert(datetimeoffset(7), @p0, 127)'],
    ['bit', 'boolean', 'convert(nvarchar(max), t.[K]]])', 'convert(bit, @p0)'],
    ['uniqueidentifier', 'uuid', 'convert(nvarchar(max), t.[K]]])', 'convert(uniqueidentifier, @p0)'],
    ['rowversion', 'integer', 'convert(nvarchar(20), convert(bigint, t.[K]]]))', 'convert(binary(8), convert(bigint, @p0))'],
  ])('a value of %s is %s, shown to the last digit and compared as what it is', (type, form, shown, given) => {
    const of = column(type)
    expect([of.form, written(dialect.shown(of)), written(dialect.given(of, '1'))]).toEqual([form, shown, given])
  })

  test.each(['varbinary(max)', 'image', 'geography', 'hierarchyid', 'sql_variant'])('%s has no text and does not land', (type) => {
    expect(['bytes', 'other']).toContain(column(type).form)
  })

  test('a table is walked by its key in its own collation, behind the last row, with the values apart from the text', async () => {
    const asked: SqlStatement[] = []
    const columns: SqlRow[] = [
      ['WMO', 'VOORZIENING', 'table', null, '3', 'GEMEENTE', 'varchar(4)', 'varchar', 'f', 't', null],
      ['WMO', 'VOORZIENING', 'table', null, '3', 'NUMMER', 'int', 'int', 'f', 'f', null],
    ]
    const indexes: SqlRow[] = ['GEMEENTE', 'NUMMER'].map((name) => ['WMO', 'VOORZIENING', 'PK', 't', 't', name])
    // No row at which to cut, then two chunks.
    const chunks: SqlRow[][] = [
      [],
      Array.from({ length: 501 }, (_, n): SqlRow => ['0363', String(n), '0363', String(n)]),
      [['0363', '500', '0363', '500']],
    ]
    const source = openSource(connector, {
      baseUrl: 'http://database.invalid',
      settings: { zone: 'Europe/Amsterdam' },
      streams: {
        rijen: { table: 'WMO.VOORZIENING', key: ['GEMEENTE', 'NUMMER'], record: record({ GEMEENTE: 'text', NUMMER: 'integer' }) },
      },
      sql: {
        of: () => ({
          server: 'sqlserver',
          async rows(statement) {
            asked.push(statement)
            const text = written(statement)
            return text.includes('from sys.columns') ? columns : text.includes('from sys.indexes') ? indexes : chunks.shift()!
          },
        }),
        close() {},
      },
    })
    const read = await readStream(source, 'rijen')
    source.close()
    expect(read.flatMap(({ pages }) => pages.map(({ records }) => records.length))).toEqual([500, 1])
    const last = asked.at(-1)!
    expect(written(last)).toBe(
      'select convert(nvarchar(max), t.[GEMEENTE]), convert(nvarchar(max), t.[NUMMER]), convert(nvarchar(max), t.[GEMEENTE]), convert(nvarchar(max), t.[NUMMER])' +
        ' from [WMO].[VOORZIENING] as t where t.[GEMEENTE] >= convert(varchar(4), @p0)' +
        ' and ((t.[GEMEENTE] > convert(varchar(4), @p1)) or (t.[GEMEENTE] = convert(varchar(4), @p2) and t.[NUMMER] > convert(int, @p3)))' +
        ' order by t.[GEMEENTE], t.[NUMMER] offset 0 rows fetch next 2001 rows only',
    )
    expect(last.values).toEqual(['0363', '0363', '0363', '499'])
  })

  test('a session locks nothing for others and reads nothing that is not committed', () => {
    expect(session).toMatch(/snapshot else set transaction isolation level read committed/)
    expect(session).not.toMatch(/nolock|uncommitted/i)
  })

  test('the certificate of the server is checked, and only a plain address goes unencrypted', () => {
    const address = { host: 'db.example', port: 1433, database: 'suite', username: 'u', password: 'p' }
    expect(configurationOf({ ...address, tls: { ca: 'CA' } }).options).toMatchObject({
      encrypt: true,
      trustServerCertificate: false,
      cryptoCredentialsDetails: { ca: 'CA' },
      readOnlyIntent: true,
      appName: 'gemaal',
    })
    expect(configurationOf({ ...address, tls: undefined }).options).toMatchObject({ encrypt: false })
  })

  test.each([
    [18456, 'SourceRefused'],
    [4060, 'SourceRefused'],
    [229, 'SourceRefused'],
    [208, 'SourceRefused'],
    [1205, 'SourceUnavailable'],
    [1222, 'SourceUnavailable'],
    [40613, 'SourceUnavailable'],
    [8114, 'UnexpectedResponse'],
  ])('error %i of the server is a %s, without its words', (number, name) => {
    const failure = failureOf(Object.assign(new Error('Login failed for user geheim'), { number }))
    const error = sqlFailure(failure, { where: "source 'x', stream 'y'", source: 'x', host: 'db', settings: ['A', 'B'] })
    expect([error.name, error.message.includes('geheim')]).toEqual([name, false])
  })
})
