/**
 * What people do in the case system while it is read. Each of these is one change: it throws, and changes nothing, when what it names is not
 * there. Rows that are made get the next number, so that they come first in the lists.
 */
import { addZaak, close, officeMoment, reopen, setStatus, type World } from './birth.js'
import { addRol as addRolTo, identityOf } from './birth-children.js'
import { amsterdamMidnight, dayOf, dayText, hour, momentOf, second } from './calendar.js'
import { deletePapers } from './document-mutations.js'
import type { Rol, Row, Status, Table, Zaak, Zaakeigenschap } from './model.js'
import { currentStatus } from './records.js'

export interface NewZaken {
  /** Identification of a zaaktype. Left out: any. */
  kind?: string
  /** `YYYY-MM-DD`. Left out: today. */
  registered?: string
  open?: boolean
  /** Left out: the next number. A number that is in use is taken, as after a delete at the source. */
  identificatie?: string
}

/** Fields of a zaak that a person can type over. Nothing is checked, so that rules can be broken while the server runs. */
export type ZaakFields = Partial<
  Pick<
    Zaak,
    | 'identificatie'
    | 'bronorganisatie'
    | 'omschrijving'
    | 'toelichting'
    | 'registratiedatum'
    | 'startdatum'
    | 'einddatum'
    | 'einddatumGepland'
    | 'uiterlijkeEinddatumAfdoening'
    | 'vertrouwelijkheidaanduiding'
    | 'betalingsindicatie'
    | 'zaakgeometrie'
    | 'verlenging'
    | 'opschorting'
    | 'kenmerken'
    | 'archiefnominatie'
    | 'archiefstatus'
    | 'archiefactiedatum'
  >
>

/** @returns the uuids, in the order in which the zaken were made */
export function addZaken(world: World, count: number, { registered, ...wishes }: NewZaken = {}): string[] {
  const { municipality, today } = world
  const day = registered === undefined ? today : dayOf(registered)
  return Array.from({ length: count }, () => {
    const zaak = addZaak(world, { ...wishes, registered: day, etagStuck: true })
    municipality.version++
    return zaak.uuid
  })
}

/** `laatstGemuteerd` moves, unless nothing differs from what was there. */
export function changeZaak(world: World, uuid: string, fields: ZaakFields): void {
  const zaak = zaakOf(world, uuid)
  const before = JSON.stringify(zaakFields(zaak, fields))
  Object.assign(zaak, fields)
  if (JSON.stringify(zaakFields(zaak, fields)) !== before) touch(world, zaak)
  world.municipality.version++
}

const zaakFields = (zaak: Zaak, fields: ZaakFields): unknown[] => Object.keys(fields).map((name) => zaak[name as keyof ZaakFields])

/**
 * Sets a status that does not close the zaak. On a closed zaak this reopens nothing: use `reopenZaak`.
 *
 * @param at a moment as text. Left out: now
 * @returns the uuid of the status
 */
export function addStatus(world: World, uuid: string, { step, at }: { step?: number; at?: string } = {}): string {
  const zaak = zaakOf(world, uuid)
  const last = zaak.zaaktype.statustypen.length - 1
  const { uuid: made } = setStatus(world, zaak, Math.min(step ?? zaak.statussen.length, last - 1), momentIn(world, at))
  touch(world, zaak)
  world.municipality.version++
  return made
}

/**
 * Sets the end status, with a resultaat where there is none.
 *
 * @param at a moment as text, which may lie in the past: `einddatum` is its Dutch day. Left out: now
 */
export function closeZaak(world: World, uuid: string, { at }: { at?: string } = {}): void {
  const zaak = zaakOf(world, uuid)
  close(world, zaak, momentIn(world, at))
  touch(world, zaak)
  world.municipality.version++
}

export function reopenZaak(world: World, uuid: string, { at }: { at?: string } = {}): void {
  const zaak = zaakOf(world, uuid)
  if (zaak.einddatum === null) throw new Error(`zaak ${uuid} is open, and cannot be reopened`)
  reopen(world, zaak, momentIn(world, at))
  touch(world, zaak)
  world.municipality.version++
}

/** Deletes for good: the zaak, its deelzaken, all their children (zrc-023), their besluiten, and documents that hang on nothing else. No other zaak refers to it afterwards. */
export function deleteZaak(world: World, uuid: string): void {
  const { municipality } = world
  const gone = zaakOf(world, uuid)
  const all = new Set([gone, ...gone.deelzaken])
  const { hoofdzaak } = gone
  if (hoofdzaak !== null && typeof hoofdzaak !== 'string') without(hoofdzaak.deelzaken, gone)
  for (const zaak of all) {
    deletePapers(world, zaak)
    for (const row of zaak.statussen) municipality.statussen.remove(row)
    for (const row of zaak.rollen) municipality.rollen.remove(row)
    for (const row of zaak.zaakeigenschappen) municipality.zaakeigenschappen.remove(row)
    for (const row of zaak.zaakobjecten) municipality.zaakobjecten.remove(row)
    for (const row of zaak.zaakinformatieobjecten) municipality.zaakinformatieobjecten.remove(row)
    if (zaak.resultaat !== null) municipality.resultaten.remove(zaak.resultaat)
    municipality.zaken.remove(zaak)
  }
  for (const { relevanteAndereZaken } of municipality.zaken.rows) {
    for (const relation of relevanteAndereZaken.filter(({ zaak }) => typeof zaak !== 'string' && all.has(zaak)))
      without(relevanteAndereZaken, relation)
  }
  municipality.version++
}

/** The zaak keeps its `einddatum`, also when this was its end status (open-zaak issue 1214). */
export function deleteStatus(world: World, uuid: string): void {
  const { municipality } = world
  const status: Status = found(municipality.statussen, 'status', uuid)
  without(status.zaak.statussen, status)
  for (const document of status.zaak.zaakinformatieobjecten) if (document.status === status) document.status = null
  municipality.statussen.remove(status)
  municipality.version++
}

/** `laatstGemuteerd` of the zaak does not move; nor does it for the two below. */
export function addRol(world: World, zaak: string, generiek = 'belanghebbende', betrokkeneType = 'natuurlijk_persoon'): string {
  const { uuid } = addRolTo(world, zaakOf(world, zaak), generiek, betrokkeneType)
  world.municipality.version++
  return uuid
}

/** Puts somebody else in the rol, of the same type. */
export function changeRol(world: World, uuid: string): void {
  const rol: Rol = found(world.municipality.rollen, 'rol', uuid)
  const before = JSON.stringify(rol.betrokkeneIdentificatie)
  // There are at least forty of each type but the five departments, so that this ends soon.
  do rol.betrokkeneIdentificatie = identityOf(world, rol.betrokkeneType)
  while (JSON.stringify(rol.betrokkeneIdentificatie) === before)
  world.municipality.version++
}

export function deleteRol(world: World, uuid: string): void {
  const { municipality } = world
  const rol: Rol = found(municipality.rollen, 'rol', uuid)
  without(rol.zaak.rollen, rol)
  for (const status of rol.zaak.statussen) if (status.gezetdoor === rol) status.gezetdoor = null
  municipality.rollen.remove(rol)
  municipality.version++
}

/** Neither `laatstGemuteerd` nor anything else of the zaak moves: it shows no more of this than the address. */
export function changeZaakeigenschap(world: World, uuid: string, waarde: string): void {
  const eigenschap: Zaakeigenschap = found(world.municipality.zaakeigenschappen, 'zaakeigenschap', uuid)
  eigenschap.waarde = waarde
  world.municipality.version++
}

/** The moment of the next change: noon of today, and a second more for each change that was made. The same each time. */
export function now({ today, municipality }: World): number {
  return amsterdamMidnight(today) + 12 * hour + municipality.version * second
}

/** A moment a few days ago, after the last status of the zaak: an end that is entered afterwards. */
export function backDated(world: World, uuid: string, daysAgo: number): string {
  const zaak = zaakOf(world, uuid)
  const wished = officeMoment(world.random, world.today - daysAgo)
  const last = currentStatus(zaak)?.datumStatusGezet ?? 0
  // The text is read again to the millisecond.
  return new Date(Math.ceil(Math.max(wished, last + 60 * second) / 1_000)).toISOString()
}

export const zaakOf = ({ municipality }: World, uuid: string): Zaak => found(municipality.zaken, 'zaak', uuid)

export const todayOf = ({ today }: World): string => dayText(today)

function momentIn(world: World, at: string | undefined): number {
  const moment = at === undefined ? now(world) : momentOf(at)
  if (Number.isNaN(moment)) throw new Error(`'${at}' is not a moment`)
  return moment
}

function touch(world: World, zaak: Zaak): void {
  zaak.laatstGemuteerd = Math.max(zaak.laatstGemuteerd + 1, now(world))
}

function found<R extends Row>(table: Table<R>, name: string, uuid: string): R {
  const row = table.find(uuid)
  if (row === undefined) throw new Error(`there is no ${name} ${uuid}`)
  return row
}

function without<T>(all: T[], one: T): void {
  const at = all.indexOf(one)
  if (at !== -1) all.splice(at, 1)
}
