import { afterEach, describe, expect, test } from 'vitest'
import { entryOf } from '../../../cli/discovery.js'
import type { StreamProposal } from '../../../connectors/connector.js'
import { SourceRefused, UnexpectedResponse } from '../../../connectors/errors.js'
import odata from '../../../connectors/odata/connector.js'
import { readMetadata } from '../../../connectors/odata/metadata.js'
import { streamSettings } from '../../../connectors/odata/settings.js'
import { type Version, waterdamSets } from '../../sources/odata/model.js'
import { send } from '../../sources/odata/server.js'
import type { OpenSource } from '../reading.js'
import { closeAll, open, statedFor } from './opened.js'

afterEach(closeAll)

const discover = (source: OpenSource, stated = {}): Promise<{ [stream: string]: StreamProposal }> =>
  odata.discover(source.context('meldingen'), stated)

describe.each([2, 3, 4] as Version[])('version %s', (version) => {
  test('each entity set is proposed with its key and fields, and with no kind', async () => {
    const { source } = await open(version)
    const { meldingen, regels } = await discover(source)
    expect(entryOf(meldingen!)).toEqual({
      entitySet: 'Meldingen',
      ...(version < 4 && { edm: { Gewijzigd: 'DateTimeOffset' } }),
      key: 'Nummer',
      record: {
        Nummer: { type: 'text' },
        Melder: { type: 'text' },
        Bedrag: { type: 'decimal', description: 'Kosten van het herstel' },
        Teller: { type: 'integer' },
        Ontvangen: { type: 'datetime' },
        Gewijzigd: { type: 'datetime' },
        Kenmerk: { type: 'uuid' },
        Dicht: { type: 'boolean' },
        Adres: { fields: { Straat: { type: 'text' }, Huisnummer: { type: 'integer' } } },
      },
    })
    expect(entryOf(regels!)).toMatchObject({
      key: ['Melding', 'Volgnummer'],
      ...(version < 4 && { edm: { Volgnummer: 'Int64' } }),
    })
  })

  test('a proposal is what a source file states, once a person has said the kinds', async () => {
    const { source } = await open(version)
    for (const proposal of Object.values(await discover(source))) {
      const text = JSON.stringify(entryOf(proposal)).replace(/"type":/g, '"kind":"none","type":')
      expect(streamSettings.safeParse(JSON.parse(text)).error).toBeUndefined()
    }
  })

  test('a service of another version says so', async () => {
    const opened = await open(version)
    const source = opened.with(statedFor(version), { version: version === 4 ? 2 : 4 })
    const error = await discover(source).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toContain(`speaks OData version ${version === 4 ? '4' : '2 or 3'}`)
  })
})

test('changes that the service keeps track of are offered', async () => {
  const { source } = await open(4)
  const { meldingen, regels } = await discover(source)
  expect(regels!.offers).toEqual([expect.stringContaining('changes: delta')])
  expect(meldingen!.offers).toBeUndefined()
})

test('a set that the source file states is described under each name that it has there, which no other set takes', async () => {
  const { source } = await open(4)
  const stated = { herstel: { entitySet: 'Regels' }, meldingen: { entitySet: 'Regels' } }
  const proposals = await discover(source, stated)
  const sets = Object.entries(proposals).map(([name, { settings }]) => [name, settings.entitySet])
  expect(Object.fromEntries(sets)).toEqual({ herstel: 'Regels', meldingen: 'Regels', meldingen_2: 'Meldingen' })
})

test('of a service with more sets than anyone looks through, those are proposed that are named', async () => {
  const [first] = waterdamSets(4)
  const sets = Array.from({ length: 101 }, (_, n) => ({ ...first!, name: `Set${n}` }))
  const opened = await open(4, { sets })
  await expect(discover(opened.source)).rejects.toThrow(/101 entity sets/)
  const some = opened.with(statedFor(4), { entitySets: ['Set7', 'Set8'] })
  expect(Object.keys(await discover(some))).toEqual(['set7', 'set8'])
  const wrong = opened.with(statedFor(4), { entitySets: ['Sett7'] })
  await expect(discover(wrong)).rejects.toThrow(/no entity set 'Sett7'/)
})

test.each(['<html><p>Inloggen</p></html>', '<p>half', '{"value":[]}'])(
  'what is no description of a service is refused: %s',
  async (text) => {
    const { server, source } = await open(4)
    server.answer(/\$metadata/, (response) => send(response, { status: 200, text, type: 'application/xml' }))
    await expect(discover(source)).rejects.toBeInstanceOf(UnexpectedResponse)
  },
)

describe('a description', () => {
  const described = (schema: string): ReturnType<typeof readMetadata> =>
    readMetadata(
      `<e:Edmx Version="4.0" xmlns:e="x"><e:DataServices><Schema Namespace="N" Alias="A" xmlns="y">${schema}</Schema></e:DataServices></e:Edmx>`,
    )

  test('has types that extend others, stand for others, and are known by an alias', () => {
    const { types, standFor, sets } = described(`
      <EntityType Name="Ding" Abstract="true"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Guid"/></EntityType>
      <EntityType Name="Boom" BaseType="A.Ding"><Property Name="Soort" Type="A.Soort"/><Property Name="Maat" Type="A.Maat"/></EntityType>
      <EnumType Name="Soort"><Member Name="Eik"/></EnumType><TypeDefinition Name="Maat" UnderlyingType="Edm.Decimal"/>
      <EntityContainer Name="C"><EntitySet Name="Bomen" EntityType="A.Boom"/><Singleton Name="Ik" Type="A.Boom"/></EntityContainer>`)
    expect(types.get('N.Boom')).toMatchObject({ base: 'N.Ding', properties: [{ type: 'N.Soort' }, { type: 'N.Maat' }] })
    expect([...standFor]).toEqual([
      ['N.Soort', 'Edm.String'],
      ['N.Maat', 'Edm.Decimal'],
    ])
    expect(sets).toMatchObject([{ name: 'Bomen', type: 'N.Boom' }])
  })

  test('says what a field means in an annotation inside, apart, or in text; a description goes before a label', () => {
    const { types } = described(`
      <EntityType Name="Boom">
        <Property Name="A" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.Description" String="Binnen"/></Property>
        <Property Name="B" Type="Edm.String"/>
        <Property Name="C" Type="Edm.String"><Annotation Term="Core.Description"><String>Als tekst</String></Annotation></Property>
        <Property Name="D" Type="Edm.String"><Documentation><Summary>Van toen</Summary></Documentation></Property>
        <Property Name="E" Type="Edm.String"><Annotation Term="Common.Label" String="Kort"/><Annotation Term="Core.Description" String="Lang"/></Property>
        <Property Name="F" Type="Edm.String"><Annotation Term="UI.Hidden" String="nee"/></Property>
        <NavigationProperty Name="G" Type="A.Boom"><Annotation Term="Core.Description" String="Een ander"/></NavigationProperty>
      </EntityType>
      <Annotations Target="A.Boom/B"><Annotation Term="Common.Label" String="Apart"/></Annotations>`)
    expect(types.get('N.Boom')!.description).toBeUndefined()
    expect(types.get('N.Boom')!.properties.map(({ description }) => description)).toEqual([
      'Binnen',
      'Apart',
      'Als tekst',
      'Van toen',
      'Lang',
      undefined,
    ])
  })

  test('reads no file and no entity that is defined in it', () => {
    expect(() => readMetadata('<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/hostname">]><x>&y;</x>')).toThrow()
  })
})
