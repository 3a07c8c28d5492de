/**
 * What a field says about a person, in the words of a privacy officer. One closed list: a contract, an activity and a connector
 * use these words and no others.
 */
export const ordinaryKinds = [
  'bsn',
  'naam',
  'adres',
  'postcode',
  'locatie',
  'geboortedatum',
  'contact',
  'rekening',
  'kenteken',
  'vrije_tekst',
  'identificatie',
] as const

/** Kinds of AVG article 9 and 10: an activity names them one by one under `special`. */
export const specialKinds = ['gezondheid', 'etniciteit', 'religie', 'politiek', 'vakbond', 'seksueel', 'biometrie', 'strafrecht'] as const

export const personalKinds = [...ordinaryKinds, ...specialKinds] as const
export const kinds = ['none', ...personalKinds] as const

export type Kind = (typeof kinds)[number]
export type PersonalKind = (typeof personalKinds)[number]
export type SpecialKind = (typeof specialKinds)[number]

/**
 * What shield does to a column. From strict to mild: `drop` leaves nothing, `pseudonymise` leaves a keyed hash, the generalisations leave a
 * coarser value, `keep` leaves the value itself.
 */
export const treatments = ['drop', 'pseudonymise', 'year', 'month', 'pc4', 'buurt', 'keep'] as const
export type Treatment = (typeof treatments)[number]

/** The treatments that make sense for a kind, strictest first. `pseudonymise` and `drop` suit every kind. */
export const treatmentsOf: Record<PersonalKind, readonly Treatment[]> = {
  bsn: ['drop', 'pseudonymise', 'keep'],
  naam: ['drop', 'pseudonymise', 'keep'],
  adres: ['drop', 'pseudonymise', 'keep'],
  postcode: ['drop', 'pseudonymise', 'pc4', 'keep'],
  locatie: ['drop', 'buurt', 'keep'],
  geboortedatum: ['drop', 'pseudonymise', 'year', 'month', 'keep'],
  contact: ['drop', 'pseudonymise', 'keep'],
  rekening: ['drop', 'pseudonymise', 'keep'],
  kenteken: ['drop', 'pseudonymise', 'keep'],
  vrije_tekst: ['drop', 'keep'],
  identificatie: ['drop', 'pseudonymise', 'keep'],
  gezondheid: ['drop', 'pseudonymise', 'keep'],
  etniciteit: ['drop', 'keep'],
  religie: ['drop', 'keep'],
  politiek: ['drop', 'keep'],
  vakbond: ['drop', 'keep'],
  seksueel: ['drop', 'keep'],
  biometrie: ['drop', 'keep'],
  strafrecht: ['drop', 'keep'],
}

export function isSpecial(kind: Kind): kind is SpecialKind {
  return (specialKinds as readonly string[]).includes(kind)
}

export function isPersonal(kind: Kind): kind is PersonalKind {
  return kind !== 'none'
}
