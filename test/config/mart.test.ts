import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { secondStatement, splitMart } from '../../config/mart.js'
import { problemsOf, withFile } from './files.js'

const front = '/* ---\nquestion: Hoeveel?\nasked_by: de directie\n--- */\n'

test('a mart is its front matter and its query, each with its line', () => {
  const { project } = loadSnapshot(
    withFile('marts/zaken/aantal.sql', `${front}\n-- all of them\nselect count(*) as zaken from zaken.zaken;\n`),
  )
  expect(project.marts.get('zaken.aantal')).toEqual({
    name: 'zaken.aantal',
    schema: 'zaken',
    view: 'aantal',
    file: 'marts/zaken/aantal.sql',
    question: 'Hoeveel?',
    askedBy: 'de directie',
    columns: {},
    open: undefined,
    sql: '-- all of them\nselect count(*) as zaken from zaken.zaken',
    sqlLine: 6,
  })
})

test.for([
  ["select 'a;b'", 'a text'],
  ["select 'it''s;'", 'a text with a quote'],
  [String.raw`select E'\';'`, 'a text with an escaped quote'],
  ['select 1 as "a;b"', 'a quoted name'],
  ['select 1 -- ; no end', 'a comment at the end of a line'],
  ['select /* ; */ 1', 'a comment'],
  ['select $$;$$', 'a dollar quote'],
  ['select $a$;$$;$a$', 'a dollar quote with a name'],
] as const)('%s: a semicolon in %s does not end the query', ([sql]) => {
  expect(secondStatement(sql)).toBeUndefined()
})

test.for([
  'select 1; drop table zaken.zaken',
  String.raw`select E'\''; drop table zaken.zaken --'`,
  'select 1 as a$b$; drop table zaken.zaken; select 1 as c$b$',
  'select $1$; drop table zaken.zaken; select $1$',
  "select 'a' ; drop table zaken.zaken; select 'b'",
  'select 1 /* */; drop table zaken.zaken /* */',
])('a second statement is seen in: %s', (sql) => {
  expect(problemsOf(withFile('marts/zaken/aantal.sql', front + sql)).map(({ message }) => message)).toEqual([
    'a semicolon ends the query here and more follows; a mart is one query',
  ])
})

test('the semicolons and comments that end a query are no second statement', () => {
  for (const end of [';', ' ;\n', ';;', '; -- done\n', ';\n/* done; */\n']) {
    expect(problemsOf(withFile('marts/zaken/aantal.sql', `${front}select 1 as a${end}`)), end).toEqual([])
  }
})

test('the lines of the front matter and of the query are those of the file, wherever they begin', () => {
  fc.assert(
    fc.property(fc.nat({ max: 4 }), fc.nat({ max: 4 }), (before, after) => {
      const parts = splitMart(`${'\n'.repeat(before)}${front}${'\n'.repeat(after)}select 1`)!
      expect(parts).toMatchObject({ yamlLine: before + 2, sql: 'select 1', sqlLine: before + after + 5 })
    }),
  )
})
