import { describe, expect, it } from 'vitest'
import { amsterdamDay, dayText } from './calendar.js'
import type { Municipality, Zaak } from './model.js'
import { brokenRules } from './plant.js'
import { passesElevenTest } from './random.js'
import * as records from './records.js'
import { seedMunicipality } from './seed.js'

const origin = 'https://openzaak.waterdam.example'
const links = records.linksAt(origin)

/** All records of zaken and their children, as the API shows them. */
function shown({ zaken, statussen, resultaten, rollen, zaakeigenschappen, zaakobjecten, zaakinformatieobjecten }: Municipality) {
  return {
    zaken: zaken.rows.map((row) => records.zaak(row, links)),
    statussen: statussen.rows.map((row) => records.status(row, links)),
    resultaten: resultaten.rows.map((row) => records.resultaat(row, links)),
    rollen: rollen.rows.map((row) => records.rol(row, links)),
    zaakeigenschappen: zaakeigenschappen.rows.map((row) => records.zaakeigenschap(row, links)),
    zaakobjecten: zaakobjecten.rows.map((row) => records.zaakobject(row, links)),
    zaakinformatieobjecten: zaakinformatieobjecten.rows.map((row) => records.zaakinformatieobject(row, links)),
  }
}

const isReopened = ({ statussen }: Zaak): boolean =>
  statussen.some(({ statustype }, at) => typeof statustype !== 'string' && statustype.isEindstatus && at < statussen.length - 1)

describe('the sample municipality', () => {
  const { world, breaches, planted } = seedMunicipality({ zaken: 2_000 })
  const { municipality } = world
  const zaken = municipality.zaken.rows

  it('is the same each time for the same seed, and another for another', () => {
    const text = (seed: number) => JSON.stringify(shown(seedMunicipality({ seed, zaken: 60 }).world.municipality))
    expect(text(7)).toBe(text(7))
    expect(text(8)).not.toBe(text(7))
  })

  it('has as many zaken as are asked for, over three years, the newest a few days before today', () => {
    const days = zaken.map(({ registratiedatum }) => registratiedatum).sort()
    expect(zaken).toHaveLength(2_000)
    expect(days.at(-1)! <= '2026-11-23').toBe(true)
    expect(days.at(-1)! >= '2026-11-18').toBe(true)
    expect(days[0]!.slice(0, 4)).toBe('2023')
  })

  it('has about one open zaak in eight', () => {
    const open = zaken.filter(({ einddatum }) => einddatum === null).length / zaken.length
    expect(open).toBeGreaterThan(0.09)
    expect(open).toBeLessThan(0.17)
  })

  it('closes a zaak on the Dutch day of its end status, with a resultaat', () => {
    for (const zaak of zaken.filter(({ einddatum }) => einddatum !== null)) {
      expect(zaak.resultaat).not.toBeNull()
      expect(zaak.einddatum).toBe(dayText(amsterdamDay(records.currentStatus(zaak)!.datumStatusGezet)))
    }
  })

  it('has reopened zaken, some open and some closed again', () => {
    const reopened = zaken.filter(isReopened)
    expect(reopened.some(({ einddatum }) => einddatum === null)).toBe(true)
    expect(reopened.some(({ einddatum }) => einddatum !== null)).toBe(true)
  })

  it('has zaken that were closed at midnight in the Netherlands, which is the day before in UTC', () => {
    const atMidnight = zaken.filter((zaak) => {
      const closed = records.status(records.currentStatus(zaak)!, links).datumStatusGezet as string
      return zaak.einddatum !== null && closed.slice(0, 10) < zaak.einddatum
    })
    expect(atMidnight.length).toBeGreaterThan(0)
  })

  it('has no more than two levels of zaken', () => {
    const deelzaken = zaken.filter(({ hoofdzaak }) => typeof hoofdzaak === 'object' && hoofdzaak !== null)
    expect(deelzaken.length).toBeGreaterThan(0)
    for (const { hoofdzaak } of deelzaken) expect((hoofdzaak as Zaak).hoofdzaak).toBeNull()
  })

  it('has both an empty text and null where there is nothing', () => {
    const all = shown(municipality).zaken
    expect(all.some(({ verlenging }) => verlenging === null)).toBe(true)
    expect(all.some(({ verlenging }) => JSON.stringify(verlenging) === '{"reden":"","duur":null}')).toBe(true)
    expect(all.some(({ toelichting }) => toelichting === '')).toBe(true)
  })

  it('gives each record a uuid of its own, without nine digits in a row', () => {
    const uuids = Object.values(shown(municipality)).flatMap((each) => each.map(({ uuid }) => uuid as string))
    expect(new Set(uuids).size).toBe(uuids.length)
    expect(uuids.filter((uuid) => /\d{9}/.test(uuid))).toEqual([])
  })

  it('breaks a rule in three of a hundred zaken, each record just once, and every rule', () => {
    expect(breaches).toHaveLength(60)
    expect(new Set(breaches.map(({ stream, uuid }) => `${stream} ${uuid}`)).size).toBe(60)
    expect(new Set(breaches.map(({ rule }) => rule))).toEqual(new Set(brokenRules))
  })

  it('has a BSN that fails the 11-test only where the truth says so', () => {
    const wrong = municipality.rollen.rows
      .filter(({ betrokkeneIdentificatie }) => typeof betrokkeneIdentificatie?.inpBsn === 'string')
      .filter(({ betrokkeneIdentificatie }) => !passesElevenTest(betrokkeneIdentificatie!.inpBsn as string))
      .map(({ uuid }) => uuid)
    expect(wrong.sort()).toEqual(
      breaches
        .filter(({ rule }) => rule === 'nl.bsn')
        .map(({ uuid }) => uuid)
        .sort(),
    )
  })

  it('has an RSIN that fails the 11-test only where the truth says so', () => {
    const wrong = zaken
      .filter((zaak) => !passesElevenTest(zaak.bronorganisatie) || !passesElevenTest(zaak.verantwoordelijkeOrganisatie))
      .map(({ uuid }) => uuid)
    expect(wrong.sort()).toEqual(
      breaches
        .filter(({ rule }) => rule === 'nl.rsin')
        .map(({ uuid }) => uuid)
        .sort(),
    )
  })

  it('shows each planted person in the record that is named', () => {
    const all = new Map(Object.entries(shown(municipality)).map(([stream, each]) => [stream, new Map(each.map((row) => [row.uuid, row]))]))
    for (const { stream, uuid, bsn } of planted) expect(JSON.stringify(all.get(stream)!.get(uuid))).toContain(bsn)
    expect(new Set(planted.map(({ stream, place }) => `${stream} ${place}`)).size).toBe(12)
  })
})
