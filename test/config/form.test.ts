import { expect, test } from 'vitest'
import { z } from 'zod'
import { readForm, readSettings } from '../../config/form.js'
import { loadSnapshot } from '../../config/load.js'
import { nearestWord, problemText } from '../../config/problem.js'
import { readYaml } from '../../config/yaml.js'
import { withFile } from './files.js'

const read = <T extends z.ZodType>(form: T, text: string) => readForm(form, readYaml('x.yaml', text).yaml!)

test('text is what the form wants it to be, also inside lists, maps and unions', () => {
  const form = z.strictObject({
    size: z.number(),
    code: z.string(),
    exact: z.boolean(),
    list: z.array(z.int()),
    each: z.record(z.string(), z.number()),
    either: z.union([z.boolean(), z.array(z.number())]),
    both: z.union([z.number(), z.string()]),
    none: z.number().nullable(),
  })
  const text = 'size: 12.50\ncode: 0363\nexact: true\nlist: [1, -2]\neach: { a: 0 }\neither: [1]\nboth: 12\nnone: null\n'
  expect(read(form, text).value).toEqual({
    size: 12.5,
    code: '0363',
    exact: true,
    list: [1, -2],
    each: { a: 0 },
    either: [1],
    both: '12',
    none: null,
  })
})

test.for(['0363', '12E4', '0x1F', '1_000', '+1', '.5', 'NaN'])('%s is no number', (text) => {
  expect(read(z.strictObject({ a: z.number() }), `a: ${text}\n`).problems.map(problemText)).toEqual([
    `x.yaml:1:4  'a': found '${text}'; expected a number`,
  ])
})

test('settings of a connector are read by its form, with the place of what is wrong and without its value', () => {
  const text = 'connector: eigen\npageSize: 50\nstreams:\n  dossiers: { table: 86165NED, open: ja, depht: 2 }\n'
  const { project } = loadSnapshot(withFile('sources/eigen.yaml', text))
  const source = project.sources.get('eigen')!
  const own = readSettings(z.object({ pageSize: z.int() }), source.settings, project, { file: source.file, path: [] })
  expect(own.value).toEqual({ pageSize: 50 })
  const form = z.strictObject({ table: z.string(), open: z.boolean(), depth: z.int().optional() })
  const stream = readSettings(form, source.streams.dossiers, project, { file: source.file, path: ['streams', 'dossiers'] })
  expect(stream.problems.map(problemText)).toEqual([
    "sources/eigen.yaml:4:38  'open' (its value is not shown); expected true or false",
    "sources/eigen.yaml:4:49  unknown key 'depht'; expected one of table, open, depth; did you mean 'depth'?",
  ])
})

test.for([
  ['persnal', 'personal'],
  ['bns', 'bsn'],
  ['PERSONAL', 'personal'],
  ['with_dash', 'with-dash'],
  ['inkomen', undefined],
  ['x', undefined],
] as const)('the word nearest to %s is %s', ([word, nearest]) => {
  expect(nearestWord(word, ['bsn', 'personal', 'owner', 'with-dash'])).toBe(nearest)
})

test('of words as near, the nearest is the one that begins alike', () => {
  expect(nearestWord('nl.rsn', ['nl.bsn', 'nl.rsin'])).toBe('nl.rsin')
})
