import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ZipFile } from 'yazl'
import { loadSnapshot } from '../../config/load.js'
import { SourceRefused, SourceUnavailable } from '../../connectors/errors.js'
import { findConnectors } from '../../connectors/load.js'
import { planProject } from '../../worker/planning/plan.js'
import { blocksOf } from '../docs/pages.js'
import { keys, region, type S3Server, startS3 } from '../sources/s3/server.js'
import { login, type SftpServer, startSftp } from '../sources/sftp/server.js'
import { balanceOf, openProject, type TestProject } from '../support/project.js'
import { type Loopback, serveBy } from './loopback.js'
import { bytesOf } from './place.js'

/** The source files of the page, by name. */
const sources = Object.fromEntries(
  blocksOf('docs/connectors/places-of-files.md').map(({ text }) => [/^# sources\/(\w+)\.yaml/.exec(text)![1]!, text]),
)

const header =
  'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n'
const stream = (files: string) =>
  `streams:\n  voorzieningen:\n    files: '${files}'\n    format: csv\n    key: NUMMER\n    record:\n      NUMMER: { type: text, kind: none, description: Nummer }\n      STAND: { type: text, kind: none, description: Stand }\n`
const table = (...lines: string[]) => `NUMMER;STAND\n${lines.join('\n')}\n`

let project: TestProject | undefined
afterEach(async () => {
  await project?.close()
  project = undefined
})

/** A project with one source and one dataset of it. */
async function open(source: string, environment: { [name: string]: string }): Promise<TestProject> {
  const opened = await openProject(
    { 'gemaal.yaml': header, 'sources/bron.yaml': source, 'datasets/wmo/voorzieningen.yaml': 'from: bron/voorzieningen\n' },
    environment,
  )
  project = opened
  return opened
}

const read = async (reading: 'full' | 'changes' = 'full') =>
  balanceOf(await project!.read('bron/voorzieningen', reading), 'wmo.voorzieningen')
const rows = async () =>
  (await project!.rows<{ nummer: string; stand: string }>('select nummer, stand from wmo.voorzieningen order by 1')).map(
    (row) => `${row.nummer} ${row.stand}`,
  )

describe('files of a supplier over SFTP', () => {
  let server: SftpServer
  beforeEach(async () => {
    server = await startSftp()
    await open(`connector: files\nbaseUrl: { env: BRON }\nhostKey: ${server.hostKey}\ngiveUpAfter: 1 hour\n${stream('*.csv.gz')}`, {
      BRON: `${server.url}/uit`,
      GEMAAL_BRON_USERNAME: login.username,
      GEMAAL_BRON_PASSWORD: login.password,
    })
  })
  afterEach(() => server.stop())

  test('land, and then what is new, other and gone', async () => {
    await server.put('uit/a.csv.gz', gzipSync(table('01;open', '02;open', '03;dicht')))
    expect(await read()).toMatchObject({ read: 3, new: 3 })
    expect(await read('changes')).toMatchObject({ read: 0 })
    await server.put('uit/a.csv.gz', gzipSync(table('01;open', '03;open')), new Date(Date.now() - 50_000))
    expect(await read('changes')).toMatchObject({ changed: 1, unchanged: 1 })
    await server.put('uit/a.csv.gz', gzipSync(table('01;open', '03;weg')), new Date(Date.now() - 40_000))
    expect(await read('changes')).toMatchObject({ changed: 1, deleted: 1 })
    expect(await rows()).toEqual(['01 open', '03 weg'])
  })

  test('of a disk that is gone, a right that was taken or a server that hangs up delete nothing', async () => {
    await server.put('uit/a.csv.gz', gzipSync(table('01;open', '02;open')))
    await read()
    server.faults.forbidden = ['/uit']
    await expect(read()).rejects.toThrow(SourceRefused)
    server.faults.forbidden = []
    server.faults.hangUpAfterReads = 1
    await expect(read()).rejects.toThrow(SourceUnavailable)
    await rm(join(server.folder, 'uit/a.csv.gz'))
    await expect(read()).rejects.toThrow(SourceUnavailable)
    expect(await rows()).toEqual(['01 open', '02 open'])
  })

  test('with a new column report it, and land the others', async () => {
    await server.put('uit/a.csv.gz', gzipSync('NUMMER;STAND;NIEUW\n01;open;geheim\n'))
    expect(await read()).toMatchObject({ new: 1 })
    expect(await rows()).toEqual(['01 open'])
  })
})

describe('files in archives in a bucket', () => {
  let server: S3Server
  beforeEach(async () => {
    server = await startS3()
    await open(`connector: files\nbaseUrl: s3://leveringen/wmo\nendpoint: ${server.url}\nregion: ${region}\n${stream('*.zip/*.csv')}`, {
      GEMAAL_BRON_ACCESS_KEY_ID: keys.accessKeyId,
      GEMAAL_BRON_SECRET_ACCESS_KEY: keys.secretAccessKey,
    })
  })
  afterEach(() => server.stop())

  test('land, wait where the server takes no more for now, and are gone when two deliveries lack them', async () => {
    server.put('wmo/l.zip', await zipOf(table('01;open', '02;open')))
    expect(await read()).toMatchObject({ new: 2 })
    server.faults.error = { status: 429, code: 'SlowDown' }
    await expect(read()).rejects.toThrow(SourceUnavailable)
    server.faults.error = undefined
    for (const stand of ['open', 'dicht']) {
      server.put('wmo/l.zip', await zipOf(table(`01;${stand}`)))
      await read('changes')
    }
    expect(await rows()).toEqual(['01 dicht'])
  })

  test('of a bucket whose rights got narrower delete nothing', async () => {
    server.put('wmo/l.zip', await zipOf(table('01;open')))
    await read()
    server.faults.error = { status: 403, code: 'AccessDenied' }
    await expect(read()).rejects.toThrow(SourceRefused)
    expect(await rows()).toEqual(['01 open'])
  })
})

describe('files on a web server', () => {
  let server: Loopback
  let asked: string | undefined
  const files: { [path: string]: string } = {}
  beforeEach(async () => {
    server = await serveBy((response, { url, headers: { authorization } }) => {
      asked = authorization
      const text = files[url]
      if (text === undefined) response.writeHead(404).end()
      else response.writeHead(200, { etag: `"${text.length}"` }).end(text)
    })
  })
  afterEach(() => server.close())

  test('land with the credentials that are there, and one that is gone deletes nothing', async () => {
    Object.assign(files, { '/export/a.csv': table('01;open'), '/export/b.csv': table('02;open') })
    const { environment } = await open(`connector: files\nbaseUrl: ${server.url}/export\n${stream('{a,b}.csv')}`, {})
    expect(await read()).toMatchObject({ new: 2 })
    expect(asked).toBeUndefined()
    Object.assign(environment, { GEMAAL_BRON_USERNAME: 'waterdam', GEMAAL_BRON_PASSWORD: 'geheim' })
    await read()
    expect(asked).toBe(`Basic ${Buffer.from('waterdam:geheim').toString('base64')}`)
    environment.GEMAAL_BRON_TOKEN = 'een-geheim'
    await read()
    expect(asked).toBe('Bearer een-geheim')
    delete files['/export/b.csv']
    await expect(read()).rejects.toThrow(/'b.csv': it is not there/)
    expect(await rows()).toEqual(['01 open', '02 open'])
  })
})

test('files of a server with a certificate of its own CA land by the CA that the source file names, and not without', async () => {
  const pem = (name: string) => fileURLToPath(new URL(`./tls/${name}.pem`, import.meta.url))
  const tls = { cert: readFileSync(pem('server')), key: readFileSync(pem('server-key')) }
  const server = await serveBy((response) => response.writeHead(200, { etag: '"1"' }).end(table('01;open')), tls)
  onTestFinished(() => server.close())
  await open(`connector: files\nbaseUrl: ${server.url}/export\n${stream('a.csv')}`, {})
  await expect(read()).rejects.toThrow(/tls\.ca in sources\/bron\.yaml/)
  await project!.apply({
    'sources/bron.yaml': `connector: files\nbaseUrl: ${server.url}/export\ntls: { ca: { file: ${pem('ca')} } }\n${stream('a.csv')}`,
  })
  expect(await read()).toMatchObject({ new: 1 })
})

test.each(Object.entries(sources))('the source %s of the page is one', async (name, text) => {
  const streams = /^streams:/m.test(text) ? '' : stream('*.csv')
  const texts = { 'gemaal.yaml': header, [`sources/${name}.yaml`]: text + streams, 'datasets/wmo/v.yaml': `from: ${name}/voorzieningen\n` }
  const { problems } = await planProject(loadSnapshot(texts).project, await findConnectors())
  expect(problems).toEqual([])
})

async function zipOf(text: string): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(text), 'a.csv')
  zip.end()
  return bytesOf(zip.outputStream as AsyncIterable<Uint8Array>)
}
