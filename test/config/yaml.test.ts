import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readYaml } from '../../config/yaml.js'

function written(text: string): unknown {
  const { yaml, problems } = readYaml('x.yaml', text)
  expect(problems).toEqual([])
  return yaml!.value
}

test.for([
  '0363',
  '002564440',
  '12E4',
  '0x1F',
  '1_000',
  '0o17',
  '12:30:45',
  '2024-01-01',
  'true',
  'yes',
  'No',
  '.inf',
  '.nan',
  '1.0',
  '+5',
])('%s keeps its text', (text) => {
  expect(written(`a: ${text}\nb: [${text}]\nc: '${text}'\n`)).toEqual({ a: text, b: [text], c: text })
})

test('null is null where it is not quoted, and so is nothing', () => {
  expect(written('a: null\nb: ~\nc: \'null\'\nd: "~"\ne:\nf: nullable\n')).toEqual({
    a: null,
    b: null,
    c: 'null',
    d: '~',
    e: null,
    f: 'nullable',
  })
})

test('an empty file is null', () => {
  expect(written('')).toBeNull()
  expect(written('# nothing yet\n')).toBeNull()
})

test('any text that is written down in quotes comes back as it was', () => {
  const trees = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.string(), tie('list'), tie('map')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    map: fc.dictionary(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_. -]*[a-z]$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).map
  fc.assert(
    fc.property(trees, fc.boolean(), (tree, flow) => {
      const text = stringify(tree, {
        defaultStringType: 'QUOTE_DOUBLE',
        defaultKeyType: 'QUOTE_DOUBLE',
        collectionStyle: flow ? 'flow' : 'block',
      })
      expect(written(text)).toEqual(tree)
    }),
  )
})

test('each value has its place; what is in a block has that of its key', () => {
  const { yaml } = readYaml('x.yaml', 'a: 1\nlist:\n  - x\n  - { b: 2,   c: [3, 4] }\nmap:\n  d:\n    e: 5\n')
  const at = (...path: (string | number)[]) => {
    const { line, column } = yaml!.at(path)
    return `${line}:${column}`
  }
  expect([at(), at('a'), at('list'), at('list', 1), at('list', 1, 'b'), at('list', 1, 'c', 1)]).toEqual([
    '1:1',
    '1:4',
    '2:1',
    '4:5',
    '4:10',
    '4:22',
  ])
  expect([at('map'), at('map', 'd'), at('map', 'd', 'e'), at('map', 'd', 'none', 'at all')]).toEqual(['5:1', '6:3', '7:8', '6:3'])
  expect(yaml!.keyAt(['map', 'd', 'e'])).toEqual({ file: 'x.yaml', line: 7, column: 5 })
})

test('what is wrong in YAML inside another file has the line of that file', () => {
  const { problems } = readYaml('x.sql', 'a: 1\na: 2\n', 12)
  expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(['13:1'])
})

test('no text whatever makes the reader fail, or is quoted in what it says', () => {
  const signs = fc.string({ unit: fc.constantFrom(...'Qw7 :,{}[]"\'#&*!|>%@`\\-?\n\t~<'), maxLength: 40 })
  fc.assert(
    fc.property(signs, (text) => {
      const { problems } = readYaml('x.yaml', `a: ${text}`)
      for (const { message } of problems) if (!/^(doubled key|the key) '/.test(message)) expect(message).not.toMatch(/Q|w7/)
    }),
    { numRuns: 2000 },
  )
})
