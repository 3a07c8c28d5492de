/**
 * Rules that the path itself has, beside those of packs: what a value has to be to land at all. They hold wherever their column lands; a contract
 * cannot set them aside.
 */

export interface BuiltInRule {
  nl: string
  en: string
}

const types: { readonly [type: string]: { nl: string; en: string } } = {
  text: { nl: 'tekst die Postgres kan bewaren (geen NUL, geen half teken)', en: 'text that Postgres can keep (no NUL, no half character)' },
  integer: { nl: 'een geheel getal van hoogstens 64 bits', en: 'a whole number of at most 64 bits' },
  decimal: { nl: 'een decimaal getal met een punt', en: 'a decimal number with a point' },
  boolean: { nl: 'waar of onwaar', en: 'true or false' },
  date: { nl: 'een dag die bestaat, geschreven als jjjj-mm-dd', en: 'a day that exists, written as yyyy-mm-dd' },
  datetime: {
    nl: 'een tijdstip dat bestaat, met zijn afstand tot UTC of in Nederlandse tijd',
    en: 'a moment that exists, with its offset from UTC or in Dutch time',
  },
  duration: { nl: 'een duur volgens ISO 8601, zoals P30D', en: 'an ISO 8601 duration, such as P30D' },
  uuid: { nl: 'een UUID', en: 'a UUID' },
  reference: { nl: 'een verwijzing die op een UUID eindigt', en: 'a reference that ends in a UUID' },
  geometry: { nl: 'een GeoJSON-geometrie', en: 'a GeoJSON geometry' },
  json: { nl: 'een object of lijst zoals de stroom die beschrijft', en: 'an object or list as its stream describes it' },
}

/** Sentences of the built-in rules, by id. */
export const builtInRules: { readonly [id: string]: BuiltInRule } = {
  ...Object.fromEntries(
    Object.entries(types).map(([type, is]) => [`shape.${type}`, { nl: `De waarde is ${is.nl}.`, en: `The value is ${is.en}.` }]),
  ),
  'shape.key': { nl: 'De sleutel van het record is er en is te lezen.', en: 'The key of the record is there and can be read.' },
  'where.unknown-code': {
    nl: 'De code waarop het contract selecteert staat in haar geordende lijst.',
    en: 'The code by which the contract selects is in its ordered list.',
  },
  'shield.year': { nl: 'Van de datum is het jaar te lezen.', en: 'The year of the date can be read.' },
  'shield.month': { nl: 'Van de datum zijn jaar en maand te lezen.', en: 'Year and month of the date can be read.' },
  'shield.pc4': { nl: 'De postcode begint met vier cijfers.', en: 'The postcode begins with four digits.' },
  'shield.buurt': {
    nl: 'De plek ligt in een buurt waarvan de grens bekend is.',
    en: 'The place lies in a buurt whose boundary is known.',
  },
  'read.unreadable': { nl: 'De bron kan het record geven.', en: 'The source can give the record.' },
}
