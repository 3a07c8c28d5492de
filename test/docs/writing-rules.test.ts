import { expect, test } from 'vitest'
import { z } from 'zod'
import { fieldCheckForms } from '../../config/checks.js'
import { contractForm } from '../../config/dataset.js'
import { readForm } from '../../config/form.js'
import { readYaml } from '../../config/yaml.js'
import { findConnectors, streamsOf } from '../../connectors/load.js'
import { openStream } from '../../connectors/stream.js'
import { fieldsOfStream, type StreamField } from '../../worker/planning/fields.js'
import { compile } from '../../worker/rules/cel.js'
import { functions } from '../../worker/rules/cel-functions.js'
import { prepareExamples } from '../../worker/rules/record-rules.js'
import { blocksOf, textOf } from './pages.js'
import { expectReal, tableOf } from './real.js'

const page = 'docs/writing-rules.md'

/** What people ask, and how it is written: each over the columns of a stream of the connector zgw. */
const idioms: [stream: string, asked: string, expression: string][] = [
  ['zaken', 'in this order', 'startdatum <= einddatum'],
  ['zaken', 'not in the future', 'registratiedatum <= today()'],
  ['statussen', 'not in the future, but for clocks that differ', 'datum_status_gezet <= now() + period("PT60S")'],
  ['zaken', 'within a term', 'einddatum <= startdatum + period("P8W")'],
  ['zaken', 'within so many days', 'einddatum - startdatum <= 56'],
  ['zaken', 'if this, then that', 'betalingsindicatie != "nvt" || laatste_betaaldatum == null'],
  ['zaken', 'the one if and only if the other', '(opschorting_reden != null) == opschorting_indicatie'],
  ['zaken', 'a value is there', 'zaaktype_uuid != null'],
  ['zaken', 'at least one is there', 'resultaat_uuid != null || einddatum == null'],
  ['zaken', 'one of these', 'archiefstatus in ["gearchiveerd", "overgedragen"]'],
  ['zaken', 'a form', 'identificatie.matches("^ZAAK-[0-9]{4}-[0-9]{10}$")'],
  ['statussen', 'the Dutch day of a moment', 'day(datum_status_gezet) >= day("2020-01-01")'],
  [
    'rollen',
    'of age, whatever is known of the date of birth',
    'latest(betrokkene_identificatie_geboortedatum) <= today() - period("P18Y")',
  ],
  ['zaken', 'each element of a list', 'kenmerken.all(k, k.kenmerk != "")'],
  ['zaken', 'some element of a list', 'relevante_andere_zaken.exists(z, z.aardRelatie == "vervolg")'],
  ['zaken', 'a choice', 'einddatum == null ? archiefactiedatum == null : resultaat_uuid != null'],
]

const zgw = streamsOf(await (await findConnectors()).get('zgw'), { settings: {}, streams: {} })
const fieldsOf = (stream: string): readonly StreamField[] => fieldsOfStream(openStream(stream, zgw)).fields

test('the page lists the functions that there are, and expressions that can be judged', async () => {
  for (const [stream, asked, expression] of idioms) {
    const { problem } = compile(expression, new Map(fieldsOf(stream).map((field) => [field.column, field])))
    expect(problem, asked).toBeUndefined()
  }
  const standing = (signatures: readonly string[]) => signatures.map((signature) => `\`${signature}\``).join(' ')
  await expectReal('writing-rules.md', {
    idioms: tableOf(
      ['asked', 'expression'],
      idioms.map(([, asked, expression]) => [asked, `\`${expression}\``]),
    ),
    functions: tableOf(
      ['function', 'gives'],
      [
        ...functions.map(({ signatures, says }) => [standing(signatures), says]),
        ['`string.matches("pattern"): bool`', 'whether a part of a text matches a pattern of RE2; `^` and `$` are its ends'],
        [
          '`list.all(x, …): bool` `list.exists(x, …): bool` `list.exists_one(x, …): bool`',
          'whether a condition holds for each element, for some, for exactly one',
        ],
        ['`list.filter(x, …): list` `list.map(x, …): list`', 'the elements for which a condition holds; what is made of each'],
      ],
    ),
  })
})

test('the examples of the page are judged as they say', () => {
  const [block] = blocksOf(page).filter(({ language }) => language === 'yaml')
  const { yaml } = readYaml('datasets/zaken/zaken.yaml', block!.text)
  const reading = readForm(contractForm, yaml!)
  expect(reading.problems).toEqual([])
  const record = reading.value!.rules.own['besluit-op-tijd']
  if (record?.level !== 'record') throw new Error('the first rule of the page is one on a record')
  const { judge } = prepareExamples(record, fieldsOf('zaken'))
  expect(record.examples.valid.map((example) => judge!(example))).toEqual(['ok', 'not applicable'])
  expect(record.examples.invalid.map((example) => judge!(example))).toEqual(['violation'])
})

test('the page names each level and each type that a column can have', () => {
  const text = textOf(page)
  for (const word of ['`field`', '`record`', '`dataset`', '`reference`', '`load`', '`Day`', '`Moment`', '`Period`', '`Decimal`'])
    expect(text).toContain(word)
})

test('the page names each check on a value, with its parameters', () => {
  const checks = textOf(page).split('## Checks on a value')[1]!.split('\n## ')[0]!
  for (const [name, form] of Object.entries(fieldCheckForms)) {
    expect(checks).toContain(`\`${name}\``)
    for (const parameter of Object.keys('shape' in form ? form.shape : {})) expect(checks, name).toContain(`\`${parameter}\``)
  }
  for (const [, written] of checks.matchAll(/`check: ([^`]+)`/g)) {
    const { yaml } = readYaml('check.yaml', `check: ${written}`)
    const [name = ''] = Object.keys((yaml!.value as { check: object }).check)
    const form = z.strictObject({ check: z.strictObject({ [name]: fieldCheckForms[name as keyof typeof fieldCheckForms] }) })
    expect(readForm(form, yaml!).problems, written).toEqual([])
  }
})
