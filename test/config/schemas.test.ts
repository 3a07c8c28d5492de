import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { roleOf } from '../../config/layout.js'
import { splitMart } from '../../config/mart.js'
import { productRoot } from '../../config/packs.js'
import { editorSchemas } from '../../config/schemas/make.js'
import { changed, filesIn, sample, sampleFolder, waterdamFolder } from './files.js'

const folder = join(productRoot(), 'config', 'schemas')
const made = editorSchemas()

test.for(Object.entries(made))('%s is that of today’s form; `npm run schemas` writes it', ([file, text]) => {
  expect(readFileSync(join(folder, file), 'utf8')).toBe(text)
})

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, validateFormats: false })
const judges = Object.fromEntries(Object.entries(made).map(([file, text]) => [file, ajv.compile(JSON.parse(text) as object)]))

/** The schema of a file; undefined for a file that has none. */
function schemaOf(path: string): string | undefined {
  const role = roleOf(path)
  if (!('form' in role) || role.form === 'connector' || role.form === 'overlay') return undefined
  return `${role.form}.schema.json`
}

/** What an editor says of a file. Editors read YAML 1.2 with its own types: `0363` is a number to them. */
function faultsIn(path: string, text: string): readonly string[] {
  const judge = judges[schemaOf(path)!]!
  judge(parse(path.endsWith('.sql') ? splitMart(text)!.yaml : text))
  return (judge.errors ?? []).map(({ instancePath, message }) => `${path}${instancePath} ${message}`)
}

const packs = Object.entries(filesIn(join(productRoot(), 'config', 'packs'))).map(([file, text]) => [`rules/${file}`, text] as const)
const written = [...Object.entries(filesIn(sampleFolder)), ...Object.entries(filesIn(waterdamFolder)), ...packs]

test.for(written)('an editor finds nothing wrong in %s', ([path, text]) => {
  expect(faultsIn(path, text)).toEqual([])
})

test('an editor finds a misspelt key, a misspelt word and a value of the wrong form', () => {
  const slips: [string, string, string][] = [
    ['datasets/zaken/rollen.yaml', 'personal:', 'persnal:'],
    ['datasets/zaken/rollen.yaml', '[bsn]', '[bns]'],
    ['datasets/wmo/zaken.yaml', 'fresh: 1 day', 'fresh: 1 dag'],
    ['sources/zaaksysteem.yaml', 'days: sunday', 'days: sundey'],
    ['activities.yaml', 'basis: wettelijke', 'basis: wetelijke'],
    ['marts/zaken/doorlooptijd.sql', 'asked_by:', 'askedby:'],
  ]
  for (const [path, from, to] of slips) expect(faultsIn(path, changed(path, from, to)[path]!), `${from} → ${to}`).not.toEqual([])
})

test('each file of the shipped project names the schema that is its own, at its place', () => {
  for (const [path, text] of Object.entries(filesIn(waterdamFolder))) {
    if (path.endsWith('.sql')) continue
    const named = /^# yaml-language-server: \$schema=(.*)$/m.exec(text)?.[1]
    expect(join(waterdamFolder, path, '..', named ?? ''), path).toBe(join(folder, schemaOf(path)!))
  }
})

test('each key of each form says what it is for', () => {
  const bare: string[] = []
  const look = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    const { properties, ...rest } = schema as { properties?: { [key: string]: { description?: string } } }
    for (const [key, inside] of Object.entries(properties ?? {})) {
      if (!inside.description) bare.push(`${path}.${key}`)
      look(inside, `${path}.${key}`)
    }
    for (const inside of Object.values(rest)) for (const part of Array.isArray(inside) ? inside : [inside]) look(part, path)
  }
  for (const [file, text] of Object.entries(made)) look(JSON.parse(text), file)
  expect(bare).toEqual([])
})

test('the sample of the tests has every form', () => {
  expect(new Set([...Object.keys(sample).map(schemaOf), 'rules.schema.json'])).toEqual(new Set(Object.keys(made)))
})
