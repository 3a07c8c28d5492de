import { expect, test } from 'vitest'
import zgw from '../../../connectors/zgw/connector.js'
import { messageOf } from '../../sources/notificaties/server.js'

const [zaak, own] = ['0b1f1e4e-6f0e-4f61-8d5c-0e9a4e0e5a11', '6d1b1f7e-1c7d-4a0e-9d57-5a3b1a0c9b22']
const at = (path: string) => `https://open-zaak.waterdam.example/zaken/api/v1/${path}`
const keysOf = (kanaal: string, resource: string, resourceUrl: string, hoofdObject = at(`zaken/${zaak}`)) =>
  zgw.notificaties.keysOf(messageOf(kanaal, hoofdObject, resource, resourceUrl, 'create'), {})

test('a message about a zaak is about that zaak', () => {
  expect(keysOf('zaken', 'zaak', at(`zaken/${zaak}`))).toEqual([{ stream: 'zaken', key: { uuid: zaak } }])
})

test.each([
  ['status', 'statussen'],
  ['resultaat', 'resultaten'],
  ['rol', 'rollen'],
  ['zaakobject', 'zaakobjecten'],
  ['zaakinformatieobject', 'zaakinformatieobjecten'],
])('a message about a %s is about it and its zaak', (resource, stream) => {
  expect(keysOf('zaken', resource, at(`${stream}/${own}`))).toEqual([
    { stream: 'zaken', key: { uuid: zaak } },
    { stream, key: { uuid: own } },
  ])
})

test('an eigenschap is found through its zaak', () => {
  expect(keysOf('zaken', 'zaakeigenschap', at(`zaken/${zaak}/zaakeigenschappen/${own}`))).toContainEqual({
    stream: 'zaakeigenschappen',
    key: { zaakUuid: zaak, uuid: own },
  })
})

test('a resource of which there is no stream is about its main object alone, and a kanaal of which there is none about nothing', () => {
  expect(keysOf('zaken', 'klantcontact', at(`klantcontacten/${own}`))).toEqual([{ stream: 'zaken', key: { uuid: zaak } }])
  expect(keysOf('objecten', 'object', at(`objecten/${own}`))).toEqual([])
})

test('an address that ends in no uuid is no key', () => {
  expect(keysOf('zaken', 'zaak', at('zaken'), at('zaken?x=900000000'))).toEqual([])
})

test('each stream that a message can name is one of the connector, and can be re-read by key', () => {
  const streams = zgw.notificaties.kanalen.flatMap((kanaal) =>
    [
      'zaak',
      'status',
      'resultaat',
      'rol',
      'zaakobject',
      'zaakinformatieobject',
      'zaakeigenschap',
      'gebruiksrechten',
      'besluitinformatieobject',
    ]
      .flatMap((resource) => keysOf(kanaal, resource, at(`x/${own}`)))
      .map(({ stream }) => stream),
  )
  for (const stream of new Set(streams)) expect(zgw.streams[stream as keyof typeof zgw.streams]?.byKey, stream).toBeDefined()
})
