/** What people do with documents and besluiten while they are read. Each throws, and changes nothing, when what it names is not there. */
import type { World } from './birth.js'
import * as papers from './documents.js'
import type { Besluit, Document, Row, Table, Zaak } from './model.js'

export function changeDocument(world: World, uuid: string, fields: papers.DocumentFields): void {
  const document = documentOf(world, uuid)
  papers.nextVersion(world, document, papers.noonOf(world.today) + world.municipality.version * 1_000_000, fields)
  world.municipality.version++
}

export function addDocument(world: World, zaak?: string): string {
  const { municipality, papers: random } = world
  const owner = zaak === undefined ? undefined : found(municipality.zaken, 'zaak', zaak)
  const registered = papers.noonOf(world.today)
  const document = papers.addDocument(world, random.uuid(), { soort: 'Advies', registered, ...(owner ? { zaak: owner } : {}) })
  if (owner) {
    const { zaakinformatieobjecten: rows } = municipality
    const row = rows.add({
      pk: rows.nextPk(),
      uuid: random.uuid(),
      zaak: owner,
      informatieobject: document,
      titel: 'Advies',
      beschrijving: '',
      registratiedatum: registered,
      status: null,
    })
    owner.zaakinformatieobjecten.push(row)
    papers.relate(world, document, owner)
  }
  municipality.version++
  return document.uuid
}

export function deleteDocument(world: World, uuid: string): void {
  const document = documentOf(world, uuid)
  for (const { object } of document.objectinformatieobjecten.slice()) unrelate(world, document, object)
  destroy(world, document)
  world.municipality.version++
}

export function addBesluit(world: World, zaak?: string): string {
  const owner = zaak === undefined ? null : found(world.municipality.zaken, 'zaak', zaak)
  const { uuid } = papers.addBesluit(world, owner, world.today)
  world.municipality.version++
  return uuid
}

export function changeBesluit(world: World, uuid: string, toelichting: string): void {
  found(world.municipality.besluiten, 'besluit', uuid).toelichting = toelichting
  world.municipality.version++
}

export function deleteBesluit(world: World, uuid: string): void {
  removeBesluit(world, found(world.municipality.besluiten, 'besluit', uuid))
  world.municipality.version++
}

/** Before a zaak goes: Open Zaak lets none go that has besluiten (`related-besluiten`), and archiving takes along documents of no other. */
export function deletePapers(world: World, zaak: Zaak): void {
  for (const besluit of zaak.besluiten.slice()) removeBesluit(world, besluit)
  for (const { informatieobject: document } of zaak.zaakinformatieobjecten.slice()) {
    unrelate(world, document, zaak)
    if (document.objectinformatieobjecten.length === 0) destroy(world, document)
  }
}

function removeBesluit(world: World, besluit: Besluit): void {
  for (const { informatieobject } of besluit.besluitinformatieobjecten.slice()) unrelate(world, informatieobject, besluit)
  if (besluit.zaak) without(besluit.zaak.besluiten, besluit)
  world.municipality.besluiten.remove(besluit)
}

/** Takes away a relation, on both sides. */
function unrelate({ municipality }: World, document: Document, object: Zaak | Besluit): void {
  const mirror = document.objectinformatieobjecten.find((row) => row.object === object)
  if (mirror) {
    without(document.objectinformatieobjecten, mirror)
    municipality.objectinformatieobjecten.remove(mirror)
  }
  if ('besluitinformatieobjecten' in object) {
    for (const row of object.besluitinformatieobjecten.filter(({ informatieobject }) => informatieobject === document)) {
      without(object.besluitinformatieobjecten, row)
      municipality.besluitinformatieobjecten.remove(row)
    }
    return
  }
  for (const row of object.zaakinformatieobjecten.filter(({ informatieobject }) => informatieobject === document)) {
    without(object.zaakinformatieobjecten, row)
    municipality.zaakinformatieobjecten.remove(row)
  }
}

/** All versions of a document, and its gebruiksrechten. */
function destroy({ municipality }: World, document: Document): void {
  const { enkelvoudiginformatieobjecten: versions, gebruiksrechten } = municipality
  for (const row of document.gebruiksrechten) gebruiksrechten.remove(row)
  for (const row of document.versions) versions.remove(row)
}

const documentOf = ({ municipality }: World, uuid: string): Document =>
  found(municipality.enkelvoudiginformatieobjecten, 'document', uuid).document

function found<R extends Row>(table: Table<R>, name: string, uuid: string): R {
  const row = table.find(uuid)
  if (row === undefined) throw new Error(`there is no ${name} ${uuid}`)
  return row
}

function without<T>(all: T[], one: T): void {
  const at = all.indexOf(one)
  if (at !== -1) all.splice(at, 1)
}
