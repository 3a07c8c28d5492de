/** The field checks that packs and contracts know by name: a check for each form in `config/checks.ts`, with the parameters that its form reads. */
import * as accounts from './checks/accounts.js'
import * as addresses from './checks/addresses.js'
import * as codes from './checks/codes.js'
import * as contact from './checks/contact.js'
import * as dates from './checks/dates.js'
import * as geometry from './checks/geometry.js'
import * as identifiers from './checks/identifiers.js'
import type { FieldCheck, FieldCheckName, ParametersOf } from './field-check.js'

export type { FieldCheck, Verdict } from './field-check.js'

const checks: { readonly [name in FieldCheckName]: FieldCheck<ParametersOf<name>> } = {
  bsn: identifiers.bsn,
  'bsn-real': identifiers.bsnReal,
  'a-nummer': identifiers.aNummer,
  rsin: identifiers.rsin,
  kvk: identifiers.kvk,
  vestigingsnummer: identifiers.vestigingsnummer,
  btw: identifiers.btw,
  oin: identifiers.oin,
  iban: accounts.iban,
  'iban-account': accounts.ibanAccount,
  kenteken: contact.kenteken,
  'kenteken-letters': contact.kentekenLetters,
  telefoon: contact.telefoon,
  email: contact.email,
  postcode: addresses.postcode,
  huisnummer: addresses.huisnummer,
  huisletter: addresses.huisletter,
  toevoeging: addresses.toevoeging,
  gemeentecode: addresses.gemeentecode,
  wijk: addresses.wijk,
  buurt: addresses.buurt,
  'bag-identificatie': addresses.bagIdentificatie,
  'kadastrale-aanduiding': addresses.kadastraleAanduiding,
  rd: geometry.rd,
  wgs84: geometry.wgs84,
  geometrie: geometry.geometrie,
  date: dates.date,
  moment: dates.moment,
  'moment-once': dates.momentOnce,
  'gba-datum': dates.gbaDatum,
  duration: dates.duration,
  'eigenschap-waarde': dates.eigenschapWaarde,
  'code-list': codes.codeList,
  length: codes.length,
  number: codes.number,
  pattern: codes.pattern,
  reference: codes.reference,
  required: codes.required,
}

/** The checks by name. Their parameters are what the form of that name reads. */
export const fieldChecks: { readonly [name: string]: FieldCheck | undefined } = checks as { readonly [name: string]: FieldCheck }
