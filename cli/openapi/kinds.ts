/** What a field may say of a person, guessed from its name: for a person to confirm. When in doubt, the stricter kind. */
import type { Kind } from '../../config/kinds.js'

// The first that fits counts. In the words of Dutch registrations and of the suppliers that write English.
const signs: readonly [Kind, RegExp][] = [
  ['bsn', /bsn|burger_?service|^soort_?fi$/],
  ['gezondheid', /diagnos|medisch|gezondheid|health|beperking|zorg(vraag|behoefte)|indicatie/],
  ['strafrecht', /straf|delict|criminal|veroordeling/],
  ['etniciteit', /etnici|ethnic|nationaliteit|nationality/],
  ['religie', /religi|geloof|kerkgenootschap/],
  ['biometrie', /biometr|vingerafdruk|fingerprint|pasfoto/],
  ['vakbond', /vakbond|union_?member/],
  ['geboortedatum', /geboorte|birth|^dob$/],
  ['rekening', /iban|rekening_?nummer|bank_?account/],
  ['kenteken', /kenteken|licen[cs]e_?plate/],
  ['contact', /e_?mail|telefoon|phone|mobiel|mobile|fax/],
  ['postcode', /post_?code|postal|zip/],
  ['locatie', /geometr|geojson|co_?ordina|latitude|longitude|locatie|^(lat|lon|lng|x|y)$/],
  ['adres', /adres|address|straat|street|huis_?(nummer|letter)|woonplaats|city/],
  [
    'naam',
    /voornaam|achternaam|voorletters|voorvoegsel|geslachtsnaam|roepnaam|(first|last|sur|full|given|family|dynamic|middle)_?name|initialen|initials/,
  ],
  ['identificatie', /a_?nummer|user_?(name|id)|login|personeels|medewerker|person_?id|klant_?(nummer|id)|customer_?(number|id)|kvk/],
  [
    'vrije_tekst',
    /omschrijving|toelichting|opmerking|description|remark|comment|note$|notitie|memo|bericht|message|tekst|text|onderwerp|subject|titel|title|request|action|reden|reason/,
  ],
]

/** Names of groups in which a number is that of a person and a name is hers. */
const persons =
  /persoon|person|applicant|requester|betrokkene|klant|customer|caller|melder|aanvrager|medewerker|employee|operator|user|inwoner|cli[eë]nt|contact|eigenaar|owner|partner|kind(eren)?$/

/**
 * @param path names from the record down to the field
 * @param text whether it is text that can hold anything: no code of a list, no date, no number
 */
export function guessKind(path: readonly string[], text: boolean): Kind {
  const name = snake(path.at(-1)!)
  const kind = signs.find(([, sign]) => sign.test(name))?.[0]
  if (kind !== undefined && (kind !== 'vrije_tekst' || text)) return kind
  if (/naam|name/.test(name) && path.some((each) => persons.test(snake(each)))) return 'naam'
  const isOfPerson = path.slice(0, -1).some((group) => persons.test(snake(group)))
  return isOfPerson && /(^|_)(id|uuid|nummer|number|code|url)$|identificatie/.test(name) ? 'identificatie' : 'none'
}

export const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
