import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SourceRefused } from '../../connectors/errors.js'
import { isPlaceOfFiles, placeCredentials, requestsOf } from '../../connectors/file-access.js'
import { alternatives, filePattern, isPassedOver, splitAtArchive } from '../../connectors/file-pattern.js'

describe('a pattern of paths', () => {
  const names = ['a', 'b', 'wmo', '2026', 'x.csv', 'y.csv', 'l.zip']
  const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'))
  const pattern = fc
    .array(fc.constantFrom(...names, '*', '**', '*.csv', '?', '[ab]', '*.zip'), { minLength: 1, maxLength: 5 })
    .map((segments) => segments.join('/'))

  test('never matches a file that is outside of the folder and the depth that are listed for it', () => {
    fc.assert(
      fc.property(path, pattern, (file, text) => {
        const { folder, depth, matches, isPath } = filePattern(text, 'probe')
        if (!matches(file)) return
        const below = folder === '' ? file : file.slice(folder.length + 1)
        expect(folder === '' || file.startsWith(`${folder}/`)).toBe(true)
        expect(below.split('/').length).toBeLessThanOrEqual(depth)
        if (isPath) expect(file).toBe(splitAtArchive(text)?.archive ?? text)
      }),
      { numRuns: 2000 },
    )
  })

  test('without a sign of a pattern matches that path alone', () => {
    fc.assert(
      fc.property(path, path, (file, text) => {
        expect(filePattern(text, 'probe').matches(file)).toBe(file === (splitAtArchive(text)?.archive ?? text))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['*.csv', 'x.csv', true],
    ['*.csv', 'a/x.csv', false],
    ['**/*.csv', 'x.csv', true],
    ['**/*.csv', 'a/b/x.csv', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'b/a/c', false],
    ['wmo_????.csv', 'wmo_2026.csv', true],
    ['export (1).csv', 'export (1).csv', true],
    ['!(a).csv', '!(a).csv', true],
    ['*.csv', '.x.csv', false],
  ])('%s and %s', (text, file, is) => {
    expect(filePattern(text, 'probe').matches(file)).toBe(is)
  })

  test('with alternatives is as many patterns, each with a folder of its own', () => {
    expect(alternatives('{noord,zuid}/*.csv')).toEqual(['noord/*.csv', 'zuid/*.csv'])
    expect(alternatives('{a,b{1,2}}.csv')).toEqual(['a.csv', 'b1.csv', 'b2.csv'])
    expect(alternatives('{een}.csv')).toEqual(['{een}.csv'])
  })

  test('looks into archives where it names one, and in no workbook', () => {
    expect(filePattern('l/*.zip/a/*.csv', 'probe')).toMatchObject({ outer: 'l/*.zip', folder: 'l', depth: 1 })
    expect(filePattern('l/*.zip/a/*.csv', 'probe').inside?.('a/x.csv')).toBe(true)
    for (const text of ['l/*.zip', '*.xlsx/**', '**/*.csv', '.zip/x']) expect(filePattern(text, 'probe').inside).toBeUndefined()
  })
})

test.each(['a.part', 'a/b.TMP', 'c.csv.filepart', '.x', 'a/.b/c'])('%s is passed over', (path) => expect(isPassedOver(path)).toBe(true))
test.each(['part', 'a.partij.csv', 'tmp/a.csv', 'a/../b.csv'])('%s is not passed over', (path) => expect(isPassedOver(path)).toBe(false))

describe('the way into a place of files', () => {
  const has =
    (...fields: string[]) =>
    (field: string) =>
      fields.includes(field)
  const plain = { hostKeys: [] }

  test.each([
    ['file:///data', [], []],
    ['sftp://x/uit', [], ['username', 'password']],
    ['sftp://x/uit', ['password', 'privateKey'], ['username', 'privateKey']],
    ['s3://x', [], ['accessKeyId', 'secretAccessKey']],
    ['https://x', [], []],
    ['https://x', ['username'], ['username', 'password']],
    ['https://x', ['username', 'token'], ['token']],
  ])('%s with %j takes %j', (baseUrl, there, fields) => {
    expect(placeCredentials(baseUrl, has(...there))).toEqual(fields)
  })

  test('of a bucket is its endpoint, or that of Amazon in its region', () => {
    const none = has()
    expect(requestsOf('probe', 's3://x/y', { ...plain, endpoint: 'https://s3.example' }, none).baseUrl).toBe('https://s3.example')
    expect(requestsOf('probe', 's3://x/y', { ...plain, region: 'eu-central-1' }, none).baseUrl).toBe(
      'https://s3.eu-central-1.amazonaws.com',
    )
    for (const [baseUrl, settings] of [
      ['s3://x', plain],
      ['s3:///x', { ...plain, region: 'eu-central-1' }],
      ['sftp:///x', plain],
    ] as const)
      expect(() => requestsOf('probe', baseUrl, settings, none)).toThrow(SourceRefused)
  })

  test('on the web is one for a connector that reads files only', () => {
    expect(isPlaceOfFiles('https://x', { authentication: { by: 'place' } })).toBe(true)
    expect(isPlaceOfFiles('https://x', { authentication: { by: 'bearer' } })).toBe(false)
    for (const baseUrl of ['file:///x', 'sftp://x', 's3://x']) expect(isPlaceOfFiles(baseUrl, {})).toBe(true)
  })
})
