/** The codes of regions that StatLine uses in every table, and the words by which a source file asks for them. */

/** What a source file can ask for, with the beginning of the codes; `{}` is the municipality's own code. */
const beginnings = {
  land: 'NL',
  provincies: 'PV',
  gemeente: 'GM{}',
  wijken: 'WK{}',
  buurten: 'BU{}',
  'alle-gemeenten': 'GM',
  'alle-wijken': 'WK',
  'alle-buurten': 'BU',
  alles: '',
} as const

export type RegionWord = keyof typeof beginnings
export const regionWords = Object.keys(beginnings) as RegionWord[]

/** What is asked for where a source file does not say: the municipality and all in it. */
export const ownRegions: readonly RegionWord[] = ['gemeente', 'wijken', 'buurten']

/**
 * What the codes begin with, each once and none within another.
 *
 * @param municipality four digits
 */
export function beginningsOf(words: readonly RegionWord[], municipality: string): string[] {
  const all = [...new Set(words.map((word) => beginnings[word].replace('{}', municipality)))]
  return all.filter((beginning) => !all.some((other) => other !== beginning && beginning.startsWith(other)))
}

export interface Region {
  /** The sort in words; null for one of the many that only some tables have. */
  sort: string | null
  /** The municipality, wijk and buurt that a code lies in, as far as its digits say. */
  gemeente: string | null
  wijk: string | null
  buurt: string | null
}

const sorts: { readonly [letters: string]: string } = {
  NL: 'land',
  LD: 'landsdeel',
  PV: 'provincie',
  CR: 'COROP-gebied',
  GM: 'gemeente',
  WK: 'wijk',
  BU: 'buurt',
}

/**
 * What a code of a region says, without the spaces that StatLine pads it with.
 *
 * @see CBS, Wijk- en buurtkaart, toelichting bij de codering: four digits of the gemeente, two of the wijk, two of the buurt
 */
export function regionOf(code: string): Region {
  const [, letters = '', gemeente, wijk, buurt] = /^([A-Z]{2})(?:(\d{4})(\d{2})?(\d{2})?)?/.exec(code) ?? []
  const isLocal = ['GM', 'WK', 'BU'].includes(letters)
  return {
    sort: sorts[letters] ?? null,
    gemeente: isLocal && gemeente !== undefined ? `GM${gemeente}` : null,
    wijk: isLocal && wijk !== undefined ? `WK${gemeente}${wijk}` : null,
    buurt: isLocal && buurt !== undefined ? `BU${gemeente}${wijk}${buurt}` : null,
  }
}
