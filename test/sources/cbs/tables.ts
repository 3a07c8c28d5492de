/** Made-up tables in the form of real ones: kerncijfers of two years, whose columns stand in other places, and one with periods. */
import type { Cell, Row, Table, Topic } from './model.js'
import { type Place, places } from './places.js'

const topic = (name: string, id: string, title: string, unit: string, more: Partial<Topic> = {}): Topic => ({
  name,
  id,
  title,
  unit,
  decimals: 0,
  ...more,
})

const gemeentenaam = topic('Gemeentenaam', 'GM000A', 'Gemeentenaam', '-', { text: true, groups: ['Regioaanduiding'] })
const soortRegio = topic('SoortRegio', 'GM000B', 'Soort regio', '-', { text: true, groups: ['Regioaanduiding'] })
const codering = topic('Codering', 'GM000C', 'Codering', '-', { text: true, groups: ['Regioaanduiding'] })
const wijziging = topic('IndelingswijzigingWijkenEnBuurten', 'GM000D', 'Indelingswijziging wijken en buurten', '-', {
  text: true,
  groups: ['Regioaanduiding'],
})
const inwoners = topic('AantalInwoners', 'T001036', 'Aantal inwoners', 'aantal', { groups: ['Bevolking'] })
const grootte = topic('GemiddeldeHuishoudensgrootte', 'M000114', 'Gemiddelde huishoudensgrootte', 'aantal', {
  decimals: 1,
  groups: ['Bevolking', 'Particuliere huishoudens'],
})
const elektriciteit = topic('Tussenwoning', 'M000221_1', 'Tussenwoning', 'kWh', {
  groups: ['Energie', 'Gemiddeld elektriciteitsverbruik'],
})
const aardgas = topic('Tussenwoning', 'M000219_1', 'Tussenwoning', 'm³', { groups: ['Energie', 'Gemiddeld aardgasverbruik'] })
const woz = topic('GemiddeldeWOZWaardeVanWoningen', 'M001642', 'Gemiddelde WOZ-waarde van woningen', 'x 1 000 euro', {
  groups: ['Wonen en vastgoed'],
})

/** A figure that is derived from the place and the year, so that each run has the same. */
function cellOf({ name, text }: Topic, place: Place, year: number): Cell {
  if (text) {
    const said = { Gemeentenaam: place.gemeente, SoortRegio: place.soort, Codering: place.code }[name]
    return { value: said ?? null }
  }
  const inhabitants = place.inwoners + (place.inwoners === 0 ? 0 : (year - 2025) * 12)
  switch (name) {
    case 'AantalInwoners':
      return { value: String(inhabitants) }
    case 'GemiddeldeHuishoudensgrootte':
      // Where nobody lives there is no size of a household.
      return inhabitants === 0 ? { value: null, attribute: 'Impossible' } : { value: `2.${inhabitants % 10}` }
    case 'GemiddeldeWOZWaardeVanWoningen':
      // Of a few dwellings it would tell what each is worth.
      return inhabitants < 100 ? { value: null, attribute: 'Confidential' } : { value: String(300 + (inhabitants % 97)) }
    default:
      // Of energy the CBS leaves out what it does not know.
      return inhabitants === 0 ? { value: null } : { value: String(1000 + (inhabitants % 500)) }
  }
}

function kerncijfers(id: string, year: number, topics: Topic[]): Table {
  const codes = places.map(({ code, naam }) => ({ code, title: naam }))
  return {
    id,
    title: `Kerncijfers wijken en buurten ${year}`,
    period: String(year),
    modified: `${year}-07-01T02:00:00`,
    dimensions: [{ name: 'WijkenEnBuurten', type: 'GeoDetail', codes }],
    topics,
    rows: places.map((place) => ({
      codes: { WijkenEnBuurten: place.code },
      cells: topics.map((each) => cellOf(each, place, year)),
    })),
    inVersion4: 'whole',
  }
}

const sexes = [
  { code: 'T001038', title: 'Totaal mannen en vrouwen', share: 2 },
  { code: '3000', title: 'Mannen', share: 1 },
  { code: '4000', title: 'Vrouwen', share: 1 },
]

/** Years, quarters and months in one table; what is left of a year, a week, and a year that is not over. */
const periods = [
  { code: '2023JJ00', title: '2023', status: 'Definitief' },
  { code: '2024JJ00', title: '2024*', status: 'NaderVoorlopig' },
  { code: '2024KW04', title: '2024 4e kwartaal', status: 'Definitief' },
  { code: '2024X000', title: '2024 week 0 (1 dag)', status: 'Definitief' },
  { code: '2025JJ00', title: '2025 januari-juni', status: 'Voorlopig' },
  { code: '2025MM01', title: '2025 januari', status: 'Voorlopig' },
  { code: '2025W101', title: '2025 week 1', status: 'Voorlopig' },
]

const regions = [
  { code: 'NL01', title: 'Nederland', inwoners: 18_000_000 },
  { code: 'PV27', title: 'Noord-Holland (PV)', inwoners: 2_900_000 },
  ...places.filter(({ soort }) => soort === 'Gemeente').map(({ code, naam, inwoners }) => ({ code, title: naam, inwoners })),
]

function bevolking(): Table {
  const topics = [
    topic('BevolkingOp1Januari', 'M000352', 'Bevolking op 1 januari', 'aantal'),
    topic('GemiddeldeBevolking', 'M000364', 'Gemiddelde bevolking', 'aantal', { decimals: 1 }),
  ]
  const rows: Row[] = regions.flatMap(({ code, inwoners }) =>
    sexes.flatMap((sex) =>
      periods.map((period) => ({
        codes: { Geslacht: sex.code, RegioS: code, Perioden: period.code },
        cells: [
          { value: String(Math.floor((inwoners * sex.share) / 2)) },
          period.code.endsWith('JJ00') ? { value: `${Math.floor((inwoners * sex.share) / 2)}.5` } : { value: null, attribute: 'Missing' },
        ],
      })),
    ),
  )
  return {
    id: '03759ned',
    title: 'Bevolking op 1 januari en gemiddeld; geslacht, regio en periode',
    period: '2023 - 2025',
    modified: '2025-05-01T02:00:00',
    dimensions: [
      { name: 'Geslacht', type: 'Dimension', codes: sexes.map(({ code, title }) => ({ code, title })) },
      // Some tables do not say of their regions that they are.
      { name: 'RegioS', type: 'Dimension', codes: regions.map(({ code, title }) => ({ code, title })) },
      { name: 'Perioden', type: 'TimeDimension', codes: periods },
    ],
    topics,
    rows,
    inVersion4: 'whole',
  }
}

/** The tables of Waterdam and the rest of its country. Each call makes them anew. */
export const waterdamTables = (): Table[] => [
  kerncijfers('85984NED', 2024, [gemeentenaam, soortRegio, codering, wijziging, inwoners, grootte, elektriciteit, aardgas, woz]),
  // A column went and one came: those after it stand elsewhere.
  kerncijfers('86165NED', 2025, [gemeentenaam, soortRegio, codering, inwoners, grootte, woz, elektriciteit, aardgas]),
  { ...kerncijfers('83765NED', 2017, [inwoners, elektriciteit]), inVersion4: 'described' },
  bevolking(),
]
