import { addChildren } from './birth-children.js'
import { amsterdamDay, amsterdamMidnight, dayText, hour, second, yearsLater } from './calendar.js'
import type { KindOfZaak } from './catalogus.js'
import { rsin } from './catalogus.js'
import { decide } from './documents.js'
import type { JsonRecord, Municipality, Status, Zaak, Zaaktype } from './model.js'
import type { People } from './people.js'
import type { Random } from './random.js'

/** The sample municipality with all that is needed to let more zaken happen in it. */
export interface World {
  municipality: Municipality
  people: People
  kinds: KindOfZaak[]
  random: Random
  /** For documents and besluiten alone, which came later than the rest: each zaak stays as it was before there were any. */
  papers: Random
  /** The day that it is there. Nothing happens after it. */
  today: number
  /** Last zaak number given out, by year. */
  numbers: Map<string, number>
}

export interface Wishes {
  /** Days; left out: begun on the day of registration. */
  started?: number
  registered: number
  /** Left out: as chance has it, about one in eight. */
  open?: boolean
  /** Identification of a zaaktype. Left out: as often as it occurs. */
  kind?: string
  identificatie?: string
  /** Made while the server runs, rather than before it. */
  etagStuck?: boolean
}

// Groups without a value come in both forms, depending on the version that stored them.
const noOpschorting: JsonRecord = { indicatie: false, eerdereOpschorting: false, reden: '' }
const noProcessobject: JsonRecord = { datumkenmerk: '', identificatie: '', objecttype: '', registratie: '' }
const noVerlenging: JsonRecord = { reden: '', duur: null }

const channels = ['Internet', 'Balie', 'Telefoon', 'Post', 'E-mail']
const channelUrl = 'https://referentielijsten.waterdam.example/api/v1/communicatiekanalen/'
const subjects = ['de Kerkweg', 'de Molendijk', 'de Sluiskade', 'het Stationsplein', 'de Ringvaart', 'de Havenstraat', 'het Noordeinde']

// Waterdam lies in the Netherlands, and in no municipality.
const centre = { longitude: 5.04, latitude: 52.3 }

/** Adds a zaak with all its children. */
export function addZaak(world: World, wishes: Wishes): Zaak {
  const { municipality, random } = world
  const kind = wishes.kind ? world.kinds.find(({ identificatie }) => identificatie === wishes.kind)! : pickKind(world)
  const started = wishes.started ?? wishes.registered
  const zaaktype = versionOn(kind, dayText(started))
  const extended = random.chance(0.08) ? 42 : 0
  const zaak: Zaak = {
    pk: municipality.zaken.nextPk(),
    uuid: random.uuid(),
    identificatie: wishes.identificatie ?? nextNumber(world, wishes.registered),
    bronorganisatie: rsin,
    omschrijving: `${kind.beginnen} ${random.pick(subjects)}`,
    toelichting: random.chance(0.6) ? '' : 'Ingediend via het formulier op de website.',
    zaaktype,
    registratiedatum: dayText(wishes.registered),
    verantwoordelijkeOrganisatie: rsin,
    startdatum: dayText(started),
    einddatum: null,
    einddatumGepland: zaaktype.serviceDays === null ? null : dayText(started + zaaktype.serviceDays),
    uiterlijkeEinddatumAfdoening: random.chance(0.05) ? null : dayText(started + zaaktype.doorlooptijdDays + extended),
    publicatiedatum: zaaktype.vertrouwelijkheidaanduiding === 'openbaar' && random.chance(0.5) ? dayText(wishes.registered) : null,
    laatstGemuteerd: amsterdamMidnight(wishes.registered) + 12 * hour + random.integer(0, 999_999),
    communicatiekanaal: '',
    communicatiekanaalNaam: '',
    productenOfDiensten: random.chance(0.3) ? (zaaktype.rest.productenOfDiensten as string[]) : [],
    vertrouwelijkheidaanduiding: random.chance(0.03) ? 'vertrouwelijk' : zaaktype.vertrouwelijkheidaanduiding,
    ...payment(world, started),
    zaakgeometrie: random.chance(0.45) ? geometry(random) : null,
    verlenging: extended ? { reden: 'Advies van derden nodig', duur: `P${extended}D` } : random.chance(0.3) ? noVerlenging : null,
    opschorting: opschorting(random),
    selectielijstklasse: random.chance(0.3)
      ? 'https://selectielijst.openzaak.nl/api/v1/resultaten/cc5ae4e3-a9e6-4386-bcee-46be4986a829'
      : '',
    hoofdzaak: null,
    deelzaken: [],
    relevanteAndereZaken: [],
    kenmerken: random.chance(0.15) ? [{ kenmerk: `WTD-${random.integer(10_000, 99_999)}`, bron: 'Formulieren' }] : [],
    archiefnominatie: null,
    archiefstatus: 'nog_te_archiveren',
    archiefactiedatum: null,
    opdrachtgevendeOrganisatie: '',
    processobjectaard: '',
    startdatumBewaartermijn: null,
    processobject: random.chance(0.5) ? noProcessobject : null,
    etagStuck: wishes.etagStuck ?? false,
    resultaat: null,
    statussen: [],
    rollen: [],
    zaakeigenschappen: [],
    zaakobjecten: [],
    zaakinformatieobjecten: [],
    besluiten: [],
  }
  if (random.chance(0.8)) {
    const channel = random.integer(0, channels.length - 1)
    zaak.communicatiekanaal = channelUrl + channel
    zaak.communicatiekanaalNaam = channels[channel]!
  }
  municipality.zaken.add(zaak)
  addChildren(world, zaak, kind.initiator)
  live(world, zaak, started, wishes.open)
  return zaak
}

/** Sets the statuses that the zaak had until today, with all that follows from them. */
function live(world: World, zaak: Zaak, started: number, wanted: boolean | undefined): void {
  const { random, today } = world
  const { statustypen, doorlooptijdDays } = zaak.zaaktype
  const slow = random.chance(0.12) ? random.fraction() * 1.5 : 0
  const days = Math.max(1, Math.round(doorlooptijdDays * (0.2 + 0.7 * random.fraction() + slow)))
  // Nothing ends in the future; and some cases are never brought to an end.
  const open = wanted ?? (started + days >= today || random.chance(0.105))
  const last = statustypen.length - 1
  const reached = open ? random.integer(0, last - 1) : last
  let previous = 0
  for (let step = 0; step <= reached; step++) {
    const spread = open ? Math.min(days, Math.max(0, today - started - 1)) : Math.min(days, today - started)
    const day = started + Math.max(0, Math.round((spread * step) / last))
    const planned = step === last ? endMoment(random, day) : officeMoment(random, day)
    // A status is later than the one before it, also when both are of one day.
    const moment = Math.max(planned, previous + 60 * second)
    previous = moment
    if (step === last) close(world, zaak, moment)
    else setStatus(world, zaak, step, moment)
  }
  const end = zaak.einddatum === null ? undefined : started + days
  if (end !== undefined && end < today - 30 && wanted === undefined && random.chance(0.03)) {
    reopen(world, zaak, officeMoment(random, end + random.integer(2, 6)))
    // Two in three are closed again.
    if (random.chance(0.66)) close(world, zaak, officeMoment(random, end + random.integer(8, 28)))
  }
}

/** Adds a status. The zaak says what its newest status makes of it; nothing else follows. */
export function setStatus(world: World, zaak: Zaak, step: number, moment: number, toelichting = ''): Status {
  const { municipality, random } = world
  const status: Status = {
    pk: municipality.statussen.nextPk(),
    uuid: random.uuid(),
    zaak,
    statustype: zaak.zaaktype.statustypen[step]!,
    datumStatusGezet: moment,
    statustoelichting: toelichting,
    gezetdoor: zaak.rollen.find(({ betrokkeneType }) => betrokkeneType === 'medewerker') ?? null,
  }
  zaak.statussen.push(municipality.statussen.add(status))
  zaak.laatstGemuteerd = Math.max(zaak.laatstGemuteerd, moment)
  return status
}

/** Closes a zaak: a resultaat where there is none, the end status, and what Open Zaak derives from them (zrc-007, zrc-021). */
export function close(world: World, zaak: Zaak, moment: number): void {
  const { municipality, random } = world
  if (zaak.resultaat === null) {
    const resultaattype = random.chance(0.7) ? zaak.zaaktype.resultaattypen[0]! : random.pick(zaak.zaaktype.resultaattypen)
    zaak.resultaat = municipality.resultaten.add({
      pk: municipality.resultaten.nextPk(),
      uuid: random.uuid(),
      zaak,
      resultaattype,
      toelichting: random.chance(0.3) ? 'Volgens het advies van de afdeling.' : '',
    })
  }
  setStatus(world, zaak, zaak.zaaktype.statustypen.length - 1, moment)
  const day = amsterdamDay(moment)
  zaak.einddatum = dayText(day)
  const { resultaattype } = zaak.resultaat
  if (typeof resultaattype === 'string') return
  zaak.archiefnominatie = resultaattype.archiefnominatie
  zaak.archiefactiedatum = dayText(yearsLater(day, resultaattype.archiefactietermijnYears))
  decide(world, zaak, day)
}

/** Gives a closed zaak another status: what its end meant is taken back (zrc-008). The resultaat stays. */
export function reopen(world: World, zaak: Zaak, moment: number): void {
  setStatus(world, zaak, 1, moment, 'Heropend na nieuwe informatie.')
  zaak.einddatum = null
  zaak.archiefnominatie = null
  zaak.archiefactiedatum = null
}

export function officeMoment(random: Random, day: number): number {
  return amsterdamMidnight(day) + random.integer(8 * 3_600, 17 * 3_600) * second + random.integer(1, 999_999)
}

// Batch jobs close at midnight, Dutch time: the day before in UTC.
function endMoment(random: Random, day: number): number {
  return random.chance(0.02) ? amsterdamMidnight(day) : officeMoment(random, day)
}

function pickKind({ kinds, random }: World): KindOfZaak {
  let left = random.fraction() * kinds.reduce((sum, { weight }) => sum + weight, 0)
  for (const kind of kinds) {
    left -= kind.weight
    if (left < 0) return kind
  }
  return kinds[0]!
}

function versionOn({ versions }: KindOfZaak, date: string): Zaaktype {
  return versions.findLast(({ beginGeldigheid }) => beginGeldigheid <= date) ?? versions[0]!
}

function nextNumber({ numbers }: World, registered: number): string {
  const year = dayText(registered).slice(0, 4)
  const number = (numbers.get(year) ?? 0) + 1
  numbers.set(year, number)
  return `ZAAK-${year}-${String(number).padStart(10, '0')}`
}

function payment({ random, today }: World, started: number): Pick<Zaak, 'betalingsindicatie' | 'laatsteBetaaldatum'> {
  const betalingsindicatie = random.pick(['', '', '', '', 'nvt', 'nvt', 'nvt', 'geheel', 'geheel', 'nog_niet', 'gedeeltelijk', 'betaald'])
  const paid = ['geheel', 'gedeeltelijk', 'betaald'].includes(betalingsindicatie) && started < today
  return { betalingsindicatie, laatsteBetaaldatum: paid ? officeMoment(random, started) : null }
}

function opschorting(random: Random): JsonRecord | null {
  const chance = random.fraction()
  if (chance < 0.05) return { indicatie: true, eerdereOpschorting: false, reden: 'Wachten op aanvullende gegevens' }
  return chance < 0.55 ? noOpschorting : null
}

function geometry(random: Random): JsonRecord {
  const longitude = centre.longitude + (random.fraction() - 0.5) * 0.08
  const latitude = centre.latitude + (random.fraction() - 0.5) * 0.05
  if (random.chance(0.8)) return { type: 'Point', coordinates: [degrees(longitude), degrees(latitude)] }
  const ring = [
    [0, 0],
    [0.0012, 0],
    [0.0012, 0.0008],
    [0, 0.0008],
    [0, 0],
  ].map(([east, north]) => [degrees(longitude + east!), degrees(latitude + north!)])
  return { type: 'Polygon', coordinates: [ring] }
}

/** Six decimals, a decimetre. Fewer digits in a row than a BSN has, too. */
const degrees = (value: number): number => Math.round(value * 1e6) / 1e6
