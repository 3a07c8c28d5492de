import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Check } from '../../cli/doctor/check.js'
import { run as doctor } from '../../cli/doctor.js'
import { keys, region, type S3Server, startS3 } from '../sources/s3/server.js'
import { login, type SftpServer, startSftp } from '../sources/sftp/server.js'
import { openFolder, type TestFolder, writeFiles } from '../support/folder.js'
import { commandIn } from '../support/gemaal.js'

let folder: TestFolder
let sftp: SftpServer
let s3: S3Server
beforeEach(async () => {
  folder = await openFolder()
  sftp = await startSftp()
  s3 = await startS3()
  await sftp.put('uit/a.csv', 'NUMMER\n01\n')
  s3.put('wmo/a.csv', 'NUMMER\n01\n')
})
afterEach(async () => {
  await sftp.stop()
  await s3.stop()
  await folder.remove()
})

/** What doctor says of one source of files. */
async function diagnose(source: string, env: { [name: string]: string } = {}): Promise<Check[]> {
  const files = {
    'gemaal.yaml': 'gemaal: 1\norganisation: { name: W, code: 0363 }\ncontact: { data: d@waterdam.example, fg: fg@waterdam.example }\n',
    'sources/bron.yaml': `connector: files\n${source}\nstreams:\n  v:\n    files: '*.csv'\n    format: csv\n    key: NUMMER\n    record: { NUMMER: { type: text, kind: none, description: Nummer } }\n`,
    'datasets/wmo/v.yaml': 'from: bron/v\n',
  }
  await writeFiles(folder.path, files)
  const { context, texts } = commandIn(folder.path, env, true)
  try {
    await doctor(context)
    return (JSON.parse(texts.stdout).checks as Check[]).filter(({ area }) => area === 'source bron')
  } finally {
    await context.close()
  }
}

const credentials = { GEMAAL_BRON_USERNAME: login.username, GEMAAL_BRON_PASSWORD: login.password }

test('of an SFTP server whose host key is not stated it shows the one that it sees', async () => {
  const checks = await diagnose(`baseUrl: ${sftp.url}/uit`, credentials)
  expect(checks).toContainEqual(expect.objectContaining({ result: 'problem', says: expect.stringContaining(sftp.hostKey) }))
  const after = await diagnose(`baseUrl: ${sftp.url}/uit\nhostKey: ${sftp.hostKey}`, credentials)
  expect(after).toContainEqual(expect.objectContaining({ result: 'ok', says: expect.stringContaining("'v' gives records") }))
})

test('of an SFTP server without credentials it says which are missing: a password, or a key', async () => {
  const missing = (await diagnose(`baseUrl: ${sftp.url}/uit\nhostKey: ${sftp.hostKey}`)).filter(({ result }) => result === 'problem')
  expect(missing.map(({ fix }) => fix)).toEqual([
    'set GEMAAL_BRON_USERNAME, or GEMAAL_BRON_USERNAME_FILE to a file that holds it',
    'set GEMAAL_BRON_PASSWORD, or GEMAAL_BRON_PASSWORD_FILE to a file that holds it',
  ])
  const byKey = await diagnose(`baseUrl: ${sftp.url}/uit\nhostKey: ${sftp.hostKey}`, {
    GEMAAL_BRON_USERNAME: 'x',
    GEMAAL_BRON_PRIVATE_KEY: 'x',
  })
  expect(byKey).toContainEqual(
    expect.objectContaining({ result: 'ok', says: 'credential privateKey: found in variable GEMAAL_BRON_PRIVATE_KEY' }),
  )
  expect(byKey).toContainEqual(expect.objectContaining({ result: 'problem', says: expect.stringContaining('is no private key') }))
})

test('of a bucket it asks the server and not the name of the bucket', async () => {
  const source = `baseUrl: s3://leveringen/wmo\nendpoint: { env: S3_URL }\nregion: ${region}`
  const of = { S3_URL: s3.url, GEMAAL_BRON_ACCESS_KEY_ID: keys.accessKeyId, GEMAAL_BRON_SECRET_ACCESS_KEY: keys.secretAccessKey }
  const checks = await diagnose(source, of)
  expect(checks.filter(({ result }) => result === 'problem')).toEqual([])
  expect(checks).toContainEqual(expect.objectContaining({ result: 'ok', says: expect.stringContaining("'v' gives records") }))
  const without = await diagnose(source)
  expect(without.filter(({ result }) => result === 'problem').map(({ says }) => says.split(':')[0])).toEqual([
    'credential accessKeyId',
    'credential secretAccessKey',
    'endpoint',
  ])
})

test('of an empty folder it says that a share may not be mounted', async () => {
  const empty = await openFolder()
  onTestFinished(() => empty.remove())
  const checks = await diagnose(`baseUrl: file://${empty.path}`)
  expect(checks).toContainEqual(
    expect.objectContaining({ result: 'problem', says: expect.stringContaining('A share that is not mounted') }),
  )
})
