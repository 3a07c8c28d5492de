import { readdirSync, readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments, parse as parseYaml } from 'yaml'
import { run } from '../../../cli/datasets-export.js'
import type { OdcsContract } from '../../../cli/odcs.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { commandIn, gemaal } from '../../support/gemaal.js'
import { openWaterdam, sampleFolder } from '../../support/waterdam.js'

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'odcs-3.1.0.schema.json'), 'utf8')) as object
// The standard describes some keywords without their types, and formats are for people.
const judge = new Ajv2019({ allErrors: true, strict: false, validateFormats: false }).compile(schema)
const faultsIn = (contract: unknown) => (judge(contract) ? [] : judge.errors!.map((e) => `${e.instancePath} ${e.message}`))

const exported = async (args: string[], { project = sampleFolder, env = {}, json = true, out = undefined as string | undefined } = {}) => {
  const { context, texts } = commandIn(project, env, json)
  try {
    expect(await run(context, args, { format: 'odcs', ...(out !== undefined && { out }) })).toBe(0)
    return texts
  } finally {
    await context.close()
  }
}
const contractOf = async (name: string, options = {}): Promise<Contract> => JSON.parse((await exported([name], options)).stdout)

interface Contract extends OdcsContract {
  schema: { name: string; properties: Property[]; quality?: Quality[] }[]
}
interface Property {
  name: string
  quality?: Quality[]
  [key: string]: unknown
}
interface Quality {
  name: string
  [key: string]: unknown
}

let folder: TestFolder
beforeAll(async () => {
  folder = await openFolder()
})
afterAll(() => folder.remove())

test('every dataset of the sample municipality is a contract by the schema of the standard', async () => {
  const all = JSON.parse((await exported([])).stdout) as Contract[]
  expect(all.length).toBeGreaterThan(10)
  for (const contract of all) expect(faultsIn(contract), String(contract.id)).toEqual([])
  expect(new Set(all.map((c) => c.id)).size).toBe(all.length)
})

test('the schema is one that finds faults', () => {
  expect(faultsIn({ version: '1', kind: 'DataContract', apiVersion: 'v3.1.0', id: 'a' })).not.toEqual([])
  expect(faultsIn({ version: '1', kind: 'DataContract', apiVersion: 'v3.1.0', id: 'a', status: 'active', schema: [{}] })).not.toEqual([])
})

test('a contract says whose it is, what it is for, how long and how fresh, and whom to ask', async () => {
  const wmo = await contractOf('wmo.zaken')
  expect(wmo).toMatchObject({
    id: 'GM0363.wmo.zaken',
    name: 'Wmo-zaken',
    version: '2.1.0',
    status: 'proposed',
    domain: 'wmo',
    tenant: 'Gemeente Waterdam',
    team: { name: 'team Data Sociaal Domein' },
    support: [{ channel: 'datateam@waterdam.example', url: 'mailto:datateam@waterdam.example', tool: 'email' }],
    slaProperties: [
      { property: 'latency', value: 1, unit: 'd' },
      { property: 'retention', element: 'zaken.archiefactiedatum' },
    ],
  })
  expect(wmo.description).toMatchObject({
    purpose: 'Volgen of Wmo-voorzieningen op tijd worden toegekend.',
    limitations: expect.stringContaining('only records that meet the conditions of the contract on zaaktype_identificatie'),
  })
  expect(wmo.customProperties).toEqual(
    expect.arrayContaining([
      { property: 'contract', value: 'datasets/wmo/zaken.yaml' },
      { property: 'processingActivity', value: 'wmo-monitor' },
      { property: 'legalBasis', value: 'wettelijke verplichting' },
    ]),
  )
  expect(wmo).not.toHaveProperty('price')
  expect(wmo.schema.map((table) => table.name)).toEqual(['zaken', 'zaken_kenmerken'])
})

test('a column says its type, its key, what it says of a person, and how the value was made', async () => {
  const rollen = await contractOf('zaken.rollen')
  const column = (name: string) => rollen.schema[0]!.properties.find((p) => p.name === name)
  expect(column('uuid')).toMatchObject({
    logicalType: 'string',
    physicalType: 'uuid',
    required: true,
    primaryKey: true,
    primaryKeyPosition: 1,
  })
  expect(column('betrokkene_identificatie_inp_bsn')).toMatchObject({
    classification: 'nationaal identificatienummer (UAVG art. 46)',
    tags: ['bsn'],
    transformSourceObjects: ['open-zaak/rollen'],
    transformLogic: 'betrokkeneIdentificatie.inpBsn',
    transformDescription: 'Pseudonym: HMAC-SHA-256 of the value under the key of domain sturing-dienstverlening.',
    // The rule looked at the number itself, which did not land.
    quality: [{ name: 'nl.bsn', type: 'custom', engine: 'gemaal', implementation: { check: 'bsn' }, severity: 'error' }],
  })
  expect(column('zaak_uuid')).toMatchObject({ relationships: [{ to: 'zaken.zaken.odcs.yaml#/schema/zaken/properties/uuid' }] })
  expect(column('_findings')).toMatchObject({
    logicalType: 'array',
    physicalType: 'text[]',
    items: { logicalType: 'string' },
    required: true,
  })
  expect(rollen.support).toHaveLength(2)
})

describe('rules are quality checks', () => {
  /** @param own checks with their examples, by name of the rule, as in a contract */
  async function checksOf(own: {
    [rule: string]: string
  }): Promise<{ column(name: string): Quality[]; table(rule: string): Quality | undefined }> {
    const project = join(folder.path, 'checks')
    await cp(sampleFolder, project, { recursive: true })
    const rules = Object.entries(own).map(
      ([name, check]) =>
        `    ${name}:\n      severity: warn\n      nl: Het is zo.\n      en: It is so.\n${check.trim().replace(/^ */gm, '      ')}\n`,
    )
    const contract = `from: open-zaak/zaken\nactivity: sturing-dienstverlening\nrules:\n  packs: []\n  own:\n${rules.join('')}`
    await writeFile(join(project, 'datasets/zaken/zaken.yaml'), contract)
    const exported = await contractOf('zaken.zaken', { project })
    expect(faultsIn(exported)).toEqual([])
    const [table] = exported.schema
    return {
      column: (name) => table!.properties.find((p) => p.name === name)!.quality!,
      table: (name) => table!.quality?.find((check) => check.name === `own.${name}`),
    }
  }

  test('of the library where it knows the check', async () => {
    const { column } = await checksOf({
      er: `
        field: identificatie
        check: required
        examples: { valid: [Z1], invalid: [null] }`,
      status: `
        field: archiefstatus
        check: { code-list: [overgedragen] }
        examples: { valid: [overgedragen], invalid: [weg] }`,
      vorm: `
        field: bronorganisatie
        check: { pattern: '[0-9]{9}' }
        examples: { valid: ['123456789'], invalid: ['1'] }`,
    })
    expect(column('identificatie')).toMatchObject([
      { id: 'own-er', name: 'own.er', type: 'library', metric: 'nullValues', mustBe: 0, dimension: 'completeness', severity: 'warning' },
    ])
    expect(column('archiefstatus')).toMatchObject([{ metric: 'invalidValues', arguments: { validValues: ['overgedragen'] } }])
    expect(column('bronorganisatie')).toMatchObject([{ metric: 'invalidValues', arguments: { pattern: '^(?:[0-9]{9})$' } }])
  })

  test('of rows together: what others can judge as a metric or as SQL, the rest by the name of the check', async () => {
    const rows = 'examples: { valid: [[{ uuid: a }]], invalid: [[{ uuid: a }]] }'
    const { table } = await checksOf({
      uniek: `
        check: { unique: [bronorganisatie, identificatie] }
        ${rows}`,
      telt: `
        check: { sql: 'select uuid from {rows} where identificatie is null -- none' }
        uses: { rows: [uuid, identificatie] }
        ${rows}`,
      boom: `
        check: { hierarchy: { parent: hoofdzaak_uuid, levels: 2 } }
        ${rows}`,
      bestaat: `
        check: { references: { column: zaaktype_uuid, to: zaaktypen } }
        examples: { valid: [{ rows: [{ uuid: a }] }], invalid: [{ rows: [{ uuid: a }] }] }`,
      'op-tijd': `
        check: startdatum <= einddatum
        examples: { valid: [{ startdatum: 2026-01-01 }], invalid: [{ startdatum: 2026-01-01 }] }`,
      vol: `
        check: complete
        examples: { valid: [{ before: [], now: '0' }], invalid: [{ before: [], now: '1' }] }`,
    })
    expect(table('uniek')).toMatchObject({
      metric: 'duplicateValues',
      arguments: { properties: ['bronorganisatie', 'identificatie'] },
      mustBe: 0,
      dimension: 'uniqueness',
    })
    expect(table('telt')).toMatchObject({
      type: 'sql',
      query: 'select count(*) from (\nselect uuid from "zaken"."zaken" where identificatie is null -- none\n) as broken',
      mustBe: 0,
    })
    expect(table('boom')).toMatchObject({ engine: 'gemaal', implementation: { check: 'hierarchy', parameters: { levels: 2 } } })
    expect(table('bestaat')).toMatchObject({ dimension: 'consistency', implementation: { check: 'references' } })
    expect(table('op-tijd')).toMatchObject({ implementation: { expression: 'startdatum <= einddatum', language: 'CEL' } })
    expect(table('vol')).toMatchObject({ dimension: 'completeness', implementation: { check: 'complete' } })
  })

  test('each with its sentence in two languages, its clause, and what a violation does', async () => {
    const zaken = await contractOf('zaken.zaken')
    const [check] = zaken.schema[0]!.properties.find((p) => p.name === 'vertrouwelijkheidaanduiding')!.quality!
    expect(check).toMatchObject({
      name: 'zgw-zaken.vertrouwelijkheidaanduiding',
      description: 'De vertrouwelijkheidaanduiding staat in de lijst van de standaard.',
      severity: 'warning',
      customProperties: expect.arrayContaining([
        { property: 'onViolation', value: 'warn' },
        { property: 'descriptionEn', value: "The vertrouwelijkheidaanduiding is one of the standard's list." },
        { property: 'source', value: expect.stringContaining('Zaken API') },
      ]),
    })
  })
})

test('files are written one a dataset, under the name that editors know the form by, and read back the same', async () => {
  const out = join(folder.path, 'catalogus', 'contracten')
  const { stdout } = await exported([], { out, json: false })
  const files = readdirSync(out)
  expect(files).toContain('zaken.rollen.odcs.yaml')
  expect(stdout.trim().split('\n')).toEqual(files.map((file) => join(out, file)))
  const text = readFileSync(join(out, 'wmo.zaken.odcs.yaml'), 'utf8')
  expect(parseYaml(text)).toEqual(await contractOf('wmo.zaken'))
  // Those who read YAML 1.1 see the same values.
  expect(parseYaml(text, { version: '1.1' })).toEqual(await contractOf('wmo.zaken'))
})

test('on stdout all of them are one stream of documents', async () => {
  const { stdout } = await exported([], { json: false })
  const documents = parseAllDocuments(stdout)
  expect(Array.isArray(documents) && documents.every((d) => d.errors.length === 0)).toBe(true)
  expect(documents.length).toBeGreaterThan(10)
})

test('the server and its roles are named, and never who asks there or with what', async () => {
  // Nobody listens there: where it is out of reach, only the address is known.
  const env = { DATABASE_URL: 'postgres://gemaal:canary-password@127.0.0.1:9/waterdam' }
  const { stdout, stderr } = await exported(['zaken.rollen'], { env })
  const contract = JSON.parse(stdout) as Contract
  expect(faultsIn(contract)).toEqual([])
  expect(contract.servers).toEqual([
    { server: 'waterdam', type: 'postgresql', host: '127.0.0.1', port: 9, database: 'waterdam', schema: 'zaken' },
  ])
  expect(contract.roles).toMatchObject([{ role: 'waterdam_sturing_dienstverlening', access: 'select' }])
  expect(stdout + stderr).not.toContain('canary')
})

test('a dataset that stands in the warehouse is active, one that does not is proposed', async () => {
  const waterdam = await openWaterdam({ zaken: 5 })
  try {
    await waterdam.read('zaken')
    const project = join(folder.path, 'stands')
    await cp(sampleFolder, project, { recursive: true })
    await writeFile(join(project, 'datasets/zaken/nieuw.yaml'), 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\n')
    const env = { DATABASE_URL: waterdam.url }
    expect(await contractOf('zaken.zaken', { project, env })).toMatchObject({ status: 'active' })
    expect(await contractOf('zaken.nieuw', { project, env })).toMatchObject({ status: 'proposed' })
  } finally {
    await waterdam.close()
  }
})

test('a dataset or a form that is not there is met with the nearest', async () => {
  const asked = (args: string[]) => gemaal(['datasets', 'export', ...args], { cwd: sampleFolder, env: { GEMAAL_DATA: folder.path } })
  expect(await asked(['zaken.rolen'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining("did you mean 'zaken.rollen'?"),
  })
  expect(await asked(['--format', 'odsc'])).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'odcs'?") })
})
