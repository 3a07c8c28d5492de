export type Version = 2 | 3 | 4
export type Edm =
  | 'String'
  | 'Boolean'
  | 'Int32'
  | 'Int64'
  | 'Decimal'
  | 'Guid'
  | 'DateTime'
  | 'DateTimeOffset'
  | 'Time'
  | { [field: string]: Edm }

/** Values as canonical text: moments in ISO 8601, in UTC where they have a zone. */
export type Value = string | boolean | null | { [field: string]: Value }
export type Row = { [field: string]: Value }

export interface EntitySet {
  name: string
  key: string[]
  fields: { [field: string]: Edm }
  rows: Row[]
}

/** The key of a row, as JSON text of its values by name. */
export const keyText = ({ key }: EntitySet, row: Row): string => JSON.stringify(Object.fromEntries(key.map((name) => [name, row[name]])))

/** A number whose text is to stand in JSON as it is. */
const raw = (text: string): string => `\u0001${text}\u0002`

/** JSON in which the numbers keep their digits. */
export const jsonOf = (value: unknown): string => JSON.stringify(value).replace(/"\\u0001([^"\\]*)\\u0002"/g, '$1')

/** A value as a version writes it in JSON. `exact`: long numbers go as text. */
export function written(edm: Edm, value: Value, version: Version, exact: boolean): unknown {
  if (value === null || typeof value === 'boolean') return value
  if (typeof edm === 'object')
    return Object.fromEntries(
      Object.entries(edm).map(([name, type]) => [name, written(type, (value as Row)[name] ?? null, version, exact)]),
    )
  const text = String(value)
  if (edm === 'Int32') return raw(text)
  if (edm === 'Int64' || edm === 'Decimal') return version < 4 || exact ? text : raw(text)
  if (version === 2 && edm === 'DateTime') return `/Date(${Date.parse(`${text}Z`)})/`
  if (version === 2 && edm === 'DateTimeOffset') return `/Date(${Date.parse(text)}+0060)/`
  return text
}

/** Two sets of a service for reports on public space, with values that are easily lost on the way. */
export function waterdamSets(version: Version, count = 7): EntitySet[] {
  return [
    {
      name: 'Meldingen',
      key: ['Nummer'],
      fields: {
        Nummer: 'String',
        Melder: 'String',
        Bedrag: 'Decimal',
        Teller: 'Int64',
        Ontvangen: version === 4 ? 'DateTimeOffset' : 'DateTime',
        Gewijzigd: 'DateTimeOffset',
        Kenmerk: 'Guid',
        Dicht: 'Boolean',
        Adres: { Straat: 'String', Huisnummer: 'Int32' },
      },
      rows: Array.from({ length: count }, (_, n) => melding(n + 1, version)),
    },
    {
      name: 'Regels',
      key: ['Melding', 'Volgnummer'],
      fields: { Melding: 'String', Volgnummer: 'Int64', Tekst: 'String' },
      rows: Array.from({ length: count }, (_, n) => ({ Melding: `M-${1 + (n % 3)}`, Volgnummer: String(n), Tekst: `Regel ${n}` })),
    },
  ]
}

export const melding = (n: number, version: Version): Row => ({
  Nummer: `M-${n}`,
  Melder: `Zoë O'Neill ${n}`,
  Bedrag: `${n}.50`,
  Teller: String(9007199254742000n + BigInt(n)),
  Ontvangen: version === 4 ? `2026-03-0${1 + (n % 9)}T09:30:00Z` : `2026-03-0${1 + (n % 9)}T09:30:00`,
  Gewijzigd: `2026-03-0${1 + (n % 9)}T10:00:00.250Z`,
  Kenmerk: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  Dicht: n % 2 === 0,
  Adres: { Straat: 'Kade', Huisnummer: String(n) },
})
