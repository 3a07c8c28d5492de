import { afterEach, expect, test } from 'vitest'
import type { JsonObject, SourceRecord } from '../../../connectors/connector.js'
import dataverse from '../../../connectors/dataverse/connector.js'
import { settings } from '../../../connectors/dataverse/settings.js'
import { CheckpointExpired, SourceUnavailable } from '../../../connectors/errors.js'
import { contact, type DataverseServer, environment, id, startDataverse, tenant } from '../../sources/dataverse/server.js'
import { checkpointOf, type OpenSource, openSource, readStream, recordsIn, removedIn } from '../reading.js'
import { optionsFor, stated } from './opened.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(streams = stated): Promise<{ server: DataverseServer; source: OpenSource }> {
  const server = await startDataverse()
  const source = openSource(dataverse, optionsFor(server, streams))
  closing.push(server.stop, source.close)
  return { server, source }
}

const texts = (record: SourceRecord | undefined): unknown =>
  JSON.parse(JSON.stringify(record, (_, value) => (typeof value === 'object' && value?.isLosslessNumber ? value.value : value)))

test('a token is asked for with our id and secret for the environment, once for all pages', async () => {
  const { server, source } = await open()
  expect(recordsIn(await readStream(source, 'contacts'))).toHaveLength(8)
  expect(server.tokens).toHaveLength(1)
})

test('a code comes with the text that people see, and decimals keep their digits', async () => {
  const { source } = await open()
  expect(texts(recordsIn(await readStream(source, 'contacts'))[0])).toEqual({
    contactid: id(1),
    fullname: 'Zoë Jansen 1',
    statuscode: '2',
    statuscode_label: 'Inactief',
    creditlimit: '1000.5000',
    modifiedon: '2026-03-02T10:00:00Z',
  })
})

test('labels are not asked for where no dataset has one', async () => {
  const { statuscode_label: _, ...record } = stated.contacts!.record as JsonObject
  const { server, source } = await open({ contacts: { ...stated.contacts, record } })
  expect(recordsIn(await readStream(source, 'contacts'))[0]).not.toHaveProperty('statuscode_label')
  for (const { headers, address } of server.asked) {
    expect(headers.prefer).toBe('odata.maxpagesize=2000, odata.track-changes')
    expect(address).not.toContain('_label')
  }
})

test('every page is asked for with the version and the same size, by the link as it came', async () => {
  const { server, source } = await open()
  await readStream(source, 'contacts')
  expect(server.asked.length).toBeGreaterThan(2)
  for (const { headers, address } of server.asked) {
    expect(headers).toMatchObject({ 'odata-version': '4.0', 'odata-maxversion': '4.0' })
    expect(headers.prefer).toContain('odata.maxpagesize=2000')
    expect(address).not.toMatch(/\$(top|skip)=/)
  }
})

test('changes tell what came, changed and was deleted since', async () => {
  const { server, source } = await open()
  const checkpoint = checkpointOf(source.stream('contacts'), await readStream(source, 'contacts'))
  server.put('contacts', { ...contact(3), creditlimit: '7.0000' })
  server.put('contacts', contact(20))
  server.remove('contacts', { contactid: id(5) })
  const read = await readStream(source, 'contacts', { reading: 'changes', checkpoint })
  expect(recordsIn(read).map(({ contactid }) => contactid)).toEqual([id(3), id(20)])
  expect(removedIn(read)).toEqual([{ contactid: id(5) }])
})

test('a token of changes that ended asks for a full reading', async () => {
  const { server, source } = await open()
  const checkpoint = checkpointOf(source.stream('contacts'), await readStream(source, 'contacts'))
  server.expire({ status: 400, code: '0x80040203' })
  await expect(readStream(source, 'contacts', { reading: 'changes', checkpoint })).rejects.toBeInstanceOf(CheckpointExpired)
})

test('what protects the service is waited for as long as it says', async () => {
  const { server, source } = await open()
  const busy = (seconds: string) => (response: import('node:http').ServerResponse) =>
    void response.writeHead(429, { 'retry-after': seconds, 'content-type': 'application/json' }).end('{"error":{"code":"0x80072322"}}')
  server.answer(/contacts/, busy('2'))
  expect(recordsIn(await readStream(source, 'contacts'))).toHaveLength(8)
  server.answer(/contacts/, busy('300'))
  const error = await readStream(source, 'contacts').catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceUnavailable)
  expect(error.retryAt.getTime() - Date.now()).toBeGreaterThan(200_000)
})

test('discover tells which tables are tracked', async () => {
  const { source } = await open()
  const { contacts } = await dataverse.discover(source.context('contacts'), stated)
  expect(contacts!.offers).toEqual([expect.stringContaining('changes: delta')])
})

test('the environment is an address without a path, for which the token is asked', () => {
  expect(settings.safeParse({ tenant, environment }).success).toBe(true)
  expect(settings.safeParse({ tenant, environment: `${environment}/` }).success).toBe(false)
})
