import { expect, test } from 'vitest'
import { faultsOf } from '../../../connectors/check.js'
import { columnOf } from '../../../connectors/column.js'
import { fieldsOf } from '../../../connectors/record.js'
import zgw from '../../../connectors/zgw/connector.js'
import { emptyToNull, prefixOf, uuidOf } from '../../../connectors/zgw/normalise.js'

const streams = Object.entries(zgw.streams).map(([name, stream]) => ({ name, fields: fieldsOf(stream.record, name) }))

test('the connector does not contradict itself', () => {
  expect(faultsOf(zgw)).toEqual([])
})

test('no two fields of a stream have one column, and none has a name that is too long for Postgres', () => {
  for (const { name, fields } of streams) {
    const columns = fields.map((field) => columnOf(field.path, field.value))
    expect(
      columns.filter((column, at) => columns.indexOf(column) !== at),
      name,
    ).toEqual([])
    expect(
      columns.filter((column) => Buffer.byteLength(column) > 63),
      name,
    ).toEqual([])
  }
})

test('each child points to its zaak by the column zaak_uuid', () => {
  for (const { name, fields } of streams) {
    const parent = (zgw.streams as { [name: string]: { parent?: { stream: string } } })[name]!.parent
    if (parent?.stream === 'zaken')
      expect(
        fields.filter((field) => field.lands && field.reference === 'zaken').map((field) => columnOf(field.path, field.value)),
        name,
      ).toEqual(['zaak_uuid'])
  }
})

test('nothing that says something of a person is without a kind', () => {
  const personal = (stream: string) =>
    streams
      .find(({ name }) => name === stream)!
      .fields.filter((field) => field.kind === 'none')
      .map((field) => field.path.join('.'))
  for (const name of [
    'inpBsn',
    'geslachtsnaam',
    'voornamen',
    'geboortedatum',
    'kvkNummer',
    'innNnpId',
    'vestigingsNummer',
    'achternaam',
    'identificatie',
    'handelsnaam',
  ]) {
    expect(personal('rollen')).not.toContain(`betrokkeneIdentificatie.${name}`)
    expect(personal('zaakobjecten')).not.toContain(`objectIdentificatie.${name}`)
  }
  for (const name of ['omschrijving', 'toelichting', 'verlenging.reden', 'opschorting.reden', 'zaakgeometrie'])
    expect(personal('zaken')).not.toContain(name)
})

test('what people type about a document or a besluit is free text, and an author a name', () => {
  const kindsOf = (stream: string) =>
    Object.fromEntries(streams.find(({ name }) => name === stream)!.fields.map((field) => [field.path.join('.'), field.kind]))
  expect(kindsOf('enkelvoudiginformatieobjecten')).toMatchObject({
    titel: 'vrije_tekst',
    beschrijving: 'vrije_tekst',
    bestandsnaam: 'vrije_tekst',
    trefwoorden: 'vrije_tekst',
    link: 'vrije_tekst',
    auteur: 'naam',
  })
  expect(kindsOf('besluiten')).toMatchObject({ toelichting: 'vrije_tekst' })
  expect(kindsOf('gebruiksrechten')).toMatchObject({ omschrijvingVoorwaarden: 'vrije_tekst' })
})

test('the columns that the rule packs name are there', () => {
  const columnsOf = (stream: string) =>
    streams
      .find(({ name }) => name === stream)!
      .fields.filter((field) => field.lands)
      .map((field) => columnOf(field.path, field.value))
  const named = {
    enkelvoudiginformatieobjecten: ['bronorganisatie', 'identificatie', 'status', 'ontvangstdatum', 'verzenddatum', 'bestandsomvang'],
    objectinformatieobjecten: ['object_uuid', 'object_type', 'informatieobject_uuid'],
    gebruiksrechten: ['informatieobject_uuid'],
    besluiten: ['zaak_uuid', 'besluittype_uuid', 'ingangsdatum', 'vervaldatum', 'vervalreden', 'datum', 'verantwoordelijke_organisatie'],
    besluitinformatieobjecten: ['besluit_uuid', 'informatieobject_uuid'],
    informatieobjecttypen: ['omschrijving', 'catalogus_uuid', 'begin_object', 'einde_object'],
    besluittypen: ['omschrijving', 'catalogus_uuid', 'informatieobjecttypen_uuid'],
  }
  for (const [stream, columns] of Object.entries(named)) expect(columnsOf(stream), stream).toEqual(expect.arrayContaining(columns))
  expect(columnsOf('enkelvoudiginformatieobjecten')).not.toContain('inhoud')
})

test('empty text is null throughout a record, and everything else stays as it is', () => {
  const record = { a: '', b: 'x', c: { d: '', e: [{ f: '' }, ''] }, g: 0, h: false, i: null, j: [] }
  expect(emptyToNull(record)).toEqual({ a: null, b: 'x', c: { d: null, e: [{ f: null }, null] }, g: 0, h: false, i: null, j: [] })
})

test('the uuid is the end of an address, whatever its host, slash or query', () => {
  const uuid = '0f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e'
  for (const address of [`https://a/zaken/api/v1/zaken/${uuid}`, `http://b/${uuid.toUpperCase()}/`]) expect(uuidOf(address)).toBe(uuid)
  for (const none of ['', null, undefined, 5]) expect(uuidOf(none)).toBeUndefined()
  expect(prefixOf(`https://a/zaken/api/v1/zaken/${uuid}`)).toBe('https://a/zaken/api/v1/zaken/')
  expect(prefixOf(null)).toBeUndefined()
})
