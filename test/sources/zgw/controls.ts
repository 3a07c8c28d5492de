import { type Behaviours, openZaak, type PlannedFault } from './behaviours.js'
import { dayOf } from './calendar.js'
import { applyChanges, type Change } from './changes.js'
import * as papers from './document-mutations.js'
import type { DocumentFields } from './documents.js'
import { type Grants, type Sight, seesEverything } from './grants.js'
import { lists } from './lists.js'
import type { JsonRecord, StreamName } from './model.js'
import { streamNames } from './model.js'
import * as mutations from './mutations.js'
import type { Breach, Planted } from './plant.js'
import type { Links } from './records.js'
import type { House } from './routes.js'
import type { Seeded } from './seed.js'
import { isSeen } from './select.js'
import type { Held, Hook, Logged, Traffic } from './traffic.js'
import { Truth } from './truth.js'

/** A control by name, for what has to happen later or in another process. */
export interface Call {
  call: keyof Controls
  args?: unknown[]
}

/** The records that a right copy holds. */
export type Snapshot = { [stream in StreamName | 'applicaties']: JsonRecord[] }

/**
 * What a test does to the server while it runs. Every method takes and gives plain JSON, save for `hold` and the action of `onRequest`, so that
 * `POST /__control` can call it by name. What is done to the data happens between two answers; a bare array shows it half way.
 */
export interface Controls {
  /** Switches behaviours; those that are not named stay as they are. */
  behave(behaviours: Partial<Behaviours>): void
  /** Plans that an answer goes wrong. Several that match one request: the first that was planned. */
  fail(plan: PlannedFault): void
  /** Each answer that holds this record becomes 500, and so does that of the record itself. */
  breakRecord(uuid: string): void
  mendRecord(uuid: string): void
  /** Does something to the data at a request that is still to come. */
  onRequest(hook: Hook, action: (() => void) | Call): void
  /** Keeps a request that is still to come waiting, and all such requests after it, until it is released. */
  hold(hook: Pick<Hook, 'list' | 'on' | 'nth'>): Held
  /** Narrows or widens the rights of an application. Default: the first one. */
  grant(grants: Grants, clientId?: string): void
  /** All requests since the start or the last `clearRequests`, the oldest first; without the controls themselves. */
  requests(): Logged[]
  clearRequests(): void
  /** Behaviours, faults, hooks, holds, broken records, rights and the log as at the start. The data stays as it is. */
  reset(): void

  /** Zaken with all their children, at the front of each list. */
  addZaken(count: number, wishes?: mutations.NewZaken): string[]
  changeZaak(uuid: string, fields: mutations.ZaakFields): void
  addStatus(uuid: string, wishes?: { step?: number; at?: string }): string
  closeZaak(uuid: string, wishes?: { at?: string }): void
  reopenZaak(uuid: string, wishes?: { at?: string }): void
  deleteZaak(uuid: string): void
  deleteStatus(uuid: string): void
  addRol(zaak: string, generiek?: string, betrokkeneType?: string): string
  changeRol(uuid: string): void
  deleteRol(uuid: string): void
  changeZaakeigenschap(uuid: string, waarde: string): void
  /** Makes the next version of a document: it comes first in the list, and its older versions show by their address alone. */
  changeDocument(uuid: string, fields: DocumentFields): void
  /** A document that hangs on no zaak, or on the one that is named. */
  addDocument(zaak?: string): string
  /** Deletes a document with what hangs on it, as after its relations were deleted. */
  deleteDocument(uuid: string): void
  addBesluit(zaak?: string): string
  changeBesluit(uuid: string, toelichting: string): void
  /** Deletes a besluit with its besluitinformatieobjecten, and their mirrors at the documents. */
  deleteBesluit(uuid: string): void
  /** Deletes the zaak at a place of the list as it is now, newest first, from 0. For hooks that have to name one in advance. */
  deleteZaakAt(place: number): string
  applyChanges(count: number, round: number): Change[]
  /** Moves the calendar of the municipality, `YYYY-MM-DD`: new zaken are registered on it. */
  setToday(date: string): void

  /** What the API shows an application now, by stream, each in the order of its list. Concepts of the catalogus are in it. */
  snapshot(clientId?: string): Snapshot
  /** Which records break which rule now. */
  truth(): Breach[]
  planted(): Planted[]
  /** Every BSN and surname of the municipality, and the malformed BSNs: to search for where none may be. */
  personalValues(): string[]
}

interface Parts {
  seeded: Seeded
  house: House & { broken: Set<string> }
  traffic: Traffic
  clientId: string
  links(): Links
}

export function controlsOf({ seeded, house, traffic, clientId, links }: Parts): Controls {
  const { world } = seeded
  const { municipality } = world
  const truth = new Truth(seeded)
  const initial = { ...house.behaviours }
  const rightsOf = (client = clientId) => {
    const rights = house.rights.get(client)
    if (rights === undefined) throw new Error(`there is no application ${client}`)
    return rights
  }
  const controls: Controls = {
    behave: (behaviours) => void Object.assign(house.behaviours, behaviours),
    fail: (plan) => traffic.fail(plan),
    breakRecord: (uuid) => void house.broken.add(uuid),
    mendRecord: (uuid) => void house.broken.delete(uuid),
    onRequest: (hook, action) => traffic.onRequest(hook, typeof action === 'function' ? action : () => void perform(controls, action)),
    hold: (hook) => traffic.hold(hook),
    grant: (grants, client) => rightsOf(client).grant(grants),
    requests: () => traffic.log,
    clearRequests: () => void traffic.log.splice(0),
    reset: () => {
      Object.assign(house.behaviours, openZaak, initial)
      traffic.calm()
      traffic.log.splice(0)
      house.broken.clear()
      for (const rights of house.rights.values()) rights.grant('all')
    },

    addZaken: (count, wishes) => mutations.addZaken(world, count, wishes),
    changeZaak: (uuid, fields) => mutations.changeZaak(world, uuid, fields),
    addStatus: (uuid, wishes) => mutations.addStatus(world, uuid, wishes),
    closeZaak: (uuid, wishes) => mutations.closeZaak(world, uuid, wishes),
    reopenZaak: (uuid, wishes) => mutations.reopenZaak(world, uuid, wishes),
    deleteZaak: (uuid) => mutations.deleteZaak(world, uuid),
    deleteStatus: (uuid) => mutations.deleteStatus(world, uuid),
    addRol: (zaak, generiek, betrokkeneType) => mutations.addRol(world, zaak, generiek, betrokkeneType),
    changeRol: (uuid) => mutations.changeRol(world, uuid),
    deleteRol: (uuid) => mutations.deleteRol(world, uuid),
    changeZaakeigenschap: (uuid, waarde) => mutations.changeZaakeigenschap(world, uuid, waarde),
    changeDocument: (uuid, fields) => papers.changeDocument(world, uuid, fields),
    addDocument: (zaak) => papers.addDocument(world, zaak),
    deleteDocument: (uuid) => papers.deleteDocument(world, uuid),
    addBesluit: (zaak) => papers.addBesluit(world, zaak),
    changeBesluit: (uuid, toelichting) => papers.changeBesluit(world, uuid, toelichting),
    deleteBesluit: (uuid) => papers.deleteBesluit(world, uuid),
    deleteZaakAt: (place) => {
      const zaak = municipality.zaken.rows.at(-1 - place)
      if (zaak === undefined) throw new Error(`there is no zaak at place ${place} of ${municipality.zaken.rows.length}`)
      mutations.deleteZaak(world, zaak.uuid)
      return zaak.uuid
    },
    applyChanges: (count, round) => applyChanges(world, count, round),
    setToday: (date) => {
      world.today = dayOf(date)
    },

    snapshot: (client) => {
      const rights = rightsOf(client)
      const shown = streamNames.map((stream) => [stream, recordsOf(stream, house, links(), rights)])
      const applicaties = [...house.rights].map(([name, theirs]) => theirs.applicatie(name, links(), municipality))
      return { ...Object.fromEntries(shown), applicaties } as Snapshot
    },
    truth: () => truth.breaches(),
    planted: () => truth.planted(),
    personalValues: () => truth.personalValues(),
  }
  return controls
}

function recordsOf(stream: StreamName, { selection, world }: House, links: Links, sight: Sight): JsonRecord[] {
  const { municipality } = world
  const list = lists[stream]
  const everything = new Map('status' in list.filters ? [['status', 'alles']] : [])
  const rows = selection.rows({ stream, list, params: everything, links, viewer: 'everyone', sight: seesEverything })
  return rows.filter((row) => isSeen(row, list, sight)).map((row) => list.record(row, links, municipality))
}

/** Calls a control by its name. @returns what it gives */
export function perform(controls: Controls, { call, args = [] }: Call): unknown {
  const control = controls[call] as ((...args: unknown[]) => unknown) | undefined
  if (typeof control !== 'function') throw new Error(`there is no control '${call}'`)
  return control(...args)
}
