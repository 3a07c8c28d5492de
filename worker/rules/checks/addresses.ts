/** Addresses, and the identifications of BAG, BRK and CBS. */
import { type FieldCheck, judge, ofText, type ParametersOf } from '../field-check.js'
import { capitals } from './letters.js'

/** A postcode as it is stored: capitals, without the space of its printed form. */
export function normalisePostcode(text: string): string {
  return capitals(text.trim()).replace(/^(.{4}) (?=\S)/, '$1')
}

/** Four digits that do not begin with 0 and two letters, which are not SA, SD or SS. @see Besluit postcodes; PostNL, postcodesysteem */
export const postcode = ofText((text) => /^[1-9][0-9]{3}(?!SA|SD|SS)[A-Z]{2}$/.test(normalisePostcode(text)))

/** 1 up to 99999. @see Catalogus BAG 2018, Huisnummer (N5) */
export const huisnummer: FieldCheck<object> = { ...ofText((text) => /^[1-9][0-9]{0,4}$/.test(text)), claimsMisfits: true }

/** One letter, in either case: BAG keeps both. @see Catalogus BAG 2018, Huisletter (AN1) */
export const huisletter = ofText((text) => /^[A-Za-z]$/.test(text))

/** One to four letters and digits. @see Catalogus BAG 2018, Huisnummertoevoeging (AN4) */
export const toevoeging = ofText((text) => /^[A-Za-z0-9]{1,4}$/.test(text))

/** A code of a gemeente as it is compared: the four digits. */
export function normaliseGemeentecode(text: string): string {
  return text.trim().replace(/^GM(?=[0-9]{4}$)/, '')
}

/**
 * Four digits, or GM and four digits; 0000 and 9999 stand for no gemeente.
 *
 * @see Landelijke tabel 33 (BRP); CBS, Gemeentelijke indeling
 */
export const gemeentecode: FieldCheck<ParametersOf<'gemeentecode'>> = {
  prepare: ({ codes }) => {
    const known = codes && new Set(codes.map(normaliseGemeentecode))
    return (value) => {
      if (typeof value !== 'string') return 'violation'
      const code = normaliseGemeentecode(value)
      return judge(/^(?!0000|9999)[0-9]{4}$/.test(code) && (known === undefined || known.has(code)))
    }
  },
}

/** A code of CBS as it is compared: StatLine fills codes up with spaces. */
export function normaliseRegionCode(text: string): string {
  return text.trimEnd()
}

/** WK and six digits: four of the gemeente, two of the wijk. @see CBS, Wijk- en buurtkaart */
export const wijk = ofText((text) => /^WK[0-9]{6}$/.test(normaliseRegionCode(text)))

/** BU and eight digits: six of the wijk, two of the buurt. */
export const buurt = ofText((text) => /^BU[0-9]{8}$/.test(normaliseRegionCode(text)))

/** Digits 5 and 6 of an identification, by type of object. @see Catalogus BAG 2018, Objecttypecodering */
export const bagTypes = {
  verblijfsobject: '01',
  ligplaats: '02',
  standplaats: '03',
  pand: '10',
  nummeraanduiding: '20',
  'openbare-ruimte': '30',
} as const

/**
 * Sixteen digits: the gemeente that made the object, its type, a number. A woonplaats has four. The gemeente is that of the day on which the
 * object was made, so that it says nothing of where it lies now.
 */
export const bagIdentificatie: FieldCheck<ParametersOf<'bag-identificatie'>> = {
  prepare: ({ type: given }) => {
    const types = given ?? Object.keys(bagTypes)
    const codes = types.flatMap((type) => (type === 'woonplaats' ? [] : [bagTypes[type as keyof typeof bagTypes]]))
    const forms = [
      ...(codes.length > 0 ? [`[0-9]{4}(?:${codes.join('|')})[0-9]{10}`] : []),
      ...(types.includes('woonplaats') ? ['[0-9]{4}'] : []),
    ]
    const form = new RegExp(`^(?:${forms.join('|')})$`)
    return (value) => judge(typeof value === 'string' && form.test(value))
  },
}

const perceel = '([A-IK-Z]{1,2}) ([1-9][0-9]{0,4})( A[1-9][0-9]{0,3})?'
const kadastrale = {
  name: new RegExp(`^([a-zA-Z0-9'][a-zA-Z0-9' ,-]*[a-zA-Z0-9]) ${perceel}$`),
  code: new RegExp(`^([A-Z]{3}[0-9]{2}) ${perceel}$`),
} as const

/** Longer than any name of a kadastrale gemeente allows: the expression for names tries each of its places. */
const longestAanduiding = 100

/**
 * Kadastrale gemeente by its name or its code, section (never J), number of the perceel, and of an appartement its index.
 *
 * @see BRK Bevragen 2.0, openapi.yaml, patterns of kadastraleAanduiding and akrKadastraleGemeenteCode
 */
export const kadastraleAanduiding: FieldCheck<ParametersOf<'kadastrale-aanduiding'>> = {
  prepare: ({ form }) => {
    const forms = form ? [kadastrale[form]] : Object.values(kadastrale)
    return (value) =>
      judge(typeof value === 'string' && value.length <= longestAanduiding && forms.some((expression) => expression.test(value)))
  },
}
