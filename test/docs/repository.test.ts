import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { root } from '../../cli/embedded/build.mjs'

const text = (file: string) => readFileSync(join(root, file), 'utf8')
const manifest = JSON.parse(text('package.json')) as { version: string; license: string; engines: { node: string } }

test('the licence is the EUPL 1.2 in full, and package.json says so', () => {
  // Of its words, with one form of quotation marks: how it is laid out is free.
  const words = text('LICENSE')
    .replace(/[‘’]/g, "'")
    .split(/\s+/)
    .filter((word) => word !== '')
  expect(words.slice(0, 6).join(' ')).toBe('EUROPEAN UNION PUBLIC LICENCE v. 1.2')
  expect(createHash('sha256').update(words.join(' ')).digest('hex')).toBe(
    'ad88f8465e0721b57d1b06a1fbb4b13dee74eb425f397e36b07d16c77a6cabba',
  )
  expect(manifest.license).toBe('EUPL-1.2')
})

interface PublicCode {
  [key: string]: unknown
  softwareVersion: string
  description: { [language: string]: { shortDescription: string; longDescription: string; features: string[] } }
  dependsOn: { open: { name: string; versionMin?: string }[] }
}

/** @see publiccode.yml standard 0.4, schema.core */
test('publiccode.yml is one of version 0.4, and agrees with package.json', () => {
  const document = parseDocument(text('publiccode.yml'), { version: '1.2', strict: true })
  expect([...document.errors, ...document.warnings]).toEqual([])
  const code = document.toJS() as PublicCode
  expect(code).toMatchObject({
    publiccodeYmlVersion: '0.4',
    name: 'Gemaal',
    url: expect.stringMatching(/^https:\/\/.+\.git$/),
    releaseDate: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    platforms: expect.arrayContaining(['linux']),
    categories: expect.arrayContaining(['data-collection']),
    developmentStatus: expect.stringMatching(/^(concept|development|beta|stable|obsolete)$/),
    softwareType: 'standalone/backend',
    legal: { license: manifest.license },
    maintenance: { type: 'community', contacts: [{ name: expect.any(String) }] },
    localisation: { localisationReady: expect.any(Boolean), availableLanguages: expect.arrayContaining(['nl', 'en']) },
  })
  expect(code.softwareVersion).toBe(manifest.version)
  expect(Object.keys(code.description).sort()).toEqual(['en', 'nl'])
  for (const { shortDescription, longDescription, features } of Object.values(code.description)) {
    expect(shortDescription.length).toBeLessThanOrEqual(150)
    expect(longDescription.length).toBeGreaterThanOrEqual(150)
    expect(longDescription.length).toBeLessThanOrEqual(10_000)
    expect(features.length).toBeGreaterThanOrEqual(5)
  }
  const node = code.dependsOn.open.find(({ name }) => name === 'Node.js')!
  expect(manifest.engines.node).toBe(`>=${node.versionMin}`)
})
