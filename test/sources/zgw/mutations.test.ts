import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from './birth.js'
import { applyChanges } from './changes.js'
import type { Zaak } from './model.js'
import * as mutations from './mutations.js'
import * as records from './records.js'
import { type Seeded, seedMunicipality } from './seed.js'
import { Truth } from './truth.js'

const origin = 'https://openzaak.waterdam.example'
const links = records.linksAt(origin)

describe('changes in the sample municipality', () => {
  let seeded: Seeded
  let world: World
  const zaken = () => world.municipality.zaken.rows
  const some = (will: (zaak: Zaak) => boolean): Zaak => zaken().find(will)!
  const shown = (zaak: Zaak) => records.zaak(zaak, links)

  beforeEach(() => {
    seeded = seedMunicipality({ zaken: 300 })
    world = seeded.world
  })

  it('puts a new zaak in front of all others, with its children', () => {
    const [uuid] = mutations.addZaken(world, 1)
    expect(zaken().at(-1)!.uuid).toBe(uuid)
    expect(zaken().at(-1)!.rollen.length).toBeGreaterThan(0)
    expect(zaken().at(-1)!.registratiedatum).toBe('2026-11-25')
  })

  it('can give out a number that is in use', () => {
    const { identificatie } = zaken()[0]!
    mutations.addZaken(world, 1, { identificatie })
    expect(zaken().filter((zaak) => zaak.identificatie === identificatie)).toHaveLength(2)
  })

  it('moves laatstGemuteerd with a changed zaak', () => {
    const zaak = zaken()[5]!
    const before = shown(zaak).laatstGemuteerd as string
    mutations.changeZaak(world, zaak.uuid, { toelichting: 'Anders.' })
    expect((shown(zaak).laatstGemuteerd as string) > before).toBe(true)
  })

  it('leaves laatstGemuteerd where it was when a zaak is saved as it was', () => {
    const zaak = zaken()[5]!
    const before = shown(zaak).laatstGemuteerd
    mutations.changeZaak(world, zaak.uuid, { toelichting: zaak.toelichting })
    expect(shown(zaak).laatstGemuteerd).toBe(before)
  })

  it('shows nothing of a changed rol in its zaak', () => {
    const zaak = some(({ rollen }) => rollen.length > 0)
    const before = JSON.stringify(shown(zaak))
    const rol = zaak.rollen[0]!
    const who = JSON.stringify(records.rol(rol, links))
    mutations.changeRol(world, rol.uuid)
    expect(JSON.stringify(records.rol(rol, links))).not.toBe(who)
    expect(JSON.stringify(shown(zaak))).toBe(before)
  })

  it('closes a zaak on the Dutch day of the moment that is given, also one in the past', () => {
    const zaak = some(({ einddatum }) => einddatum === null)
    // 23:30 in UTC is half past midnight in the Netherlands.
    mutations.closeZaak(world, zaak.uuid, { at: '2026-11-20T23:30:00Z' })
    expect(zaak.einddatum).toBe('2026-11-21')
    expect(zaak.resultaat).not.toBeNull()
    expect(zaak.archiefactiedatum).not.toBeNull()
  })

  it('takes back what the end of a zaak meant when it is reopened', () => {
    const zaak = some(({ einddatum }) => einddatum !== null)
    const { resultaat } = zaak
    mutations.reopenZaak(world, zaak.uuid)
    expect([zaak.einddatum, zaak.archiefnominatie, zaak.archiefactiedatum]).toEqual([null, null, null])
    expect(zaak.resultaat).toBe(resultaat)
  })

  it('deletes a zaak with its deelzaken and all their children, and leaves no reference to it', () => {
    const hoofdzaak = some(({ deelzaken }) => deelzaken.length > 0)
    const gone = [hoofdzaak, ...hoofdzaak.deelzaken].map(({ uuid }) => uuid)
    const related = some((zaak) => !gone.includes(zaak.uuid))
    related.relevanteAndereZaken.push({ zaak: hoofdzaak, aardRelatie: 'vervolg', toelichting: '' })
    mutations.deleteZaak(world, hoofdzaak.uuid)
    const { municipality: all } = world
    const children = [all.statussen, all.resultaten, all.rollen, all.zaakeigenschappen, all.zaakobjecten, all.zaakinformatieobjecten]
    expect(children.flatMap(({ rows }) => rows as { zaak: Zaak }[]).filter(({ zaak }) => gone.includes(zaak.uuid))).toEqual([])
    expect(gone.map((uuid) => all.zaken.find(uuid))).toEqual(gone.map(() => undefined))
    const left = JSON.stringify(zaken().map(shown))
    expect(gone.filter((uuid) => left.includes(uuid))).toEqual([])
  })

  it('keeps the end date of a zaak whose end status is deleted', () => {
    const zaak = some(({ einddatum }) => einddatum !== null)
    const { einddatum } = zaak
    mutations.deleteStatus(world, records.currentStatus(zaak)!.uuid)
    expect(zaak.einddatum).toBe(einddatum)
  })

  it('takes a deleted rol out of the statuses that were set in it', () => {
    const zaak = some(({ statussen }) => statussen.some(({ gezetdoor }) => gezetdoor !== null))
    const rol = zaak.statussen.find(({ gezetdoor }) => gezetdoor !== null)!.gezetdoor!
    mutations.deleteRol(world, rol.uuid)
    expect(zaak.statussen.filter(({ gezetdoor }) => gezetdoor === rol)).toEqual([])
    expect(shown(zaak).rollen).not.toContain(`${links.zaken}/rollen/${rol.uuid}`)
  })

  it('refuses to change what is not there', () => {
    expect(() => mutations.deleteZaak(world, 'b1f6c9a0-0000-4000-8000-000000000000')).toThrow('there is no zaak')
    expect(zaken()).toHaveLength(300)
  })

  it('makes the same changes for the same round, and others for the next', () => {
    const again = (round: number) => JSON.stringify(applyChanges(seedMunicipality({ zaken: 300 }).world, 20, round))
    expect(again(1)).toBe(again(1))
    expect(again(2)).not.toBe(again(1))
  })

  it('makes as many changes as are asked for, of every kind', () => {
    const changes = applyChanges(world, 16, 1)
    expect(changes).toHaveLength(16)
    expect(new Set(changes.map(({ what }) => what)).size).toBe(7)
  })

  it('no longer calls wrong what was deleted or put right', () => {
    const truth = new Truth(seeded)
    const wrong = truth.breaches()
    const rsin = wrong.find(({ rule, field }) => rule === 'nl.rsin' && field === 'bronorganisatie')!
    mutations.changeZaak(world, rsin.uuid, { bronorganisatie: '002564440' })
    const other = wrong.find(({ stream, uuid }) => stream === 'zaken' && uuid !== rsin.uuid)!
    mutations.deleteZaak(world, other.uuid)
    const left = truth.breaches()
    expect(left).not.toContain(rsin)
    expect(left).not.toContain(other)
    expect(left.length).toBeGreaterThanOrEqual(wrong.length - 3)
  })
})
