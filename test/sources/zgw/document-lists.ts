import * as records from './document-records.js'
import { choice, dates, equals, type Filter, notAChoice, reference } from './filters.js'
import { secrecy } from './grants.js'
import type { List } from './lists.js'
import type * as rows from './model.js'

/** The lists of the Documenten and Besluiten APIs, and those of their types. */

/** `definitief` hides concepts, and holds unless something else is asked for. */
const conceptFilter: Filter<{ concept: boolean }> = (text, name) => {
  if (!['alles', 'definitief', 'concept'].includes(text)) throw notAChoice(name, text)
  return text === 'alles' ? undefined : ({ concept }) => concept === (text === 'concept')
}

const validOn: Filter<{ beginGeldigheid: string; eindeGeldigheid: string | null }> = (text, name, links) => {
  const hasBegun = dates('x', (row: { beginGeldigheid: string }) => row.beginGeldigheid, ['lte']).x__lte!(text, name, links)!
  return (row) => hasBegun(row) && (row.eindeGeldigheid ?? text) >= text
}

const ofType = {
  // There is one catalogus.
  catalogus:
    (text: string, _name: string, { catalogi }: { catalogi: string }) =>
    () =>
      text.startsWith(`${catalogi}/catalogussen/`),
  omschrijving: equals((row: { omschrijving: string }) => row.omschrijving),
  status: conceptFilter,
  datumGeldigheid: validOn,
}
const implied = { status: 'definitief' }

export const informatieobjecttypen: List<rows.Informatieobjecttype> = {
  api: 'catalogi',
  table: (municipality) => municipality.informatieobjecttypen,
  record: records.informatieobjecttype,
  filters: ofType,
  implied,
}

export const besluittypen: List<rows.Besluittype> = {
  api: 'catalogi',
  table: (municipality) => municipality.besluittypen,
  record: records.besluittype,
  filters: ofType,
  implied,
}

const type: Filter<rows.Informatieobject> = reference((row) => row.informatieobjecttype, 'catalogi', 'informatieobjecttypen')

/** Filters of Open Zaak alone; other servers do not know them. */
export const experimental = ['creatiedatum__gte', 'creatiedatum__lte', 'informatieobjecttype', 'vertrouwelijkheidaanduiding']

export const enkelvoudiginformatieobjecten: List<rows.Informatieobject> = {
  api: 'documenten',
  table: (municipality) => municipality.enkelvoudiginformatieobjecten,
  sees: (row, sight) => sight.seesDocument(row.document),
  isListed: (row) => row.document.latest === row,
  record: records.informatieobject,
  filters: {
    identificatie: equals((row) => row.identificatie),
    bronorganisatie: equals((row) => row.bronorganisatie),
    ...dates('creatiedatum', (row: rows.Informatieobject) => row.creatiedatum, ['gte', 'lte']),
    informatieobjecttype: type,
    vertrouwelijkheidaanduiding: choice((row) => row.vertrouwelijkheidaanduiding, secrecy),
  },
}

const ofDocument = <R extends { informatieobject: rows.Document }>(): Filter<R> =>
  reference((row: R) => row.informatieobject.latest, 'documenten', 'enkelvoudiginformatieobjecten')

/** By its path one of ours; any other address matches nothing. */
const ofObject: Filter<rows.Objectinformatieobject> = (text, _name, links) => {
  const [zaken, besluiten] = [`${links.zaken}/zaken/`, `${links.besluiten}/besluiten/`]
  return ({ object, objectType }) => text === `${objectType === 'zaak' ? zaken : besluiten}${object.uuid}`
}

export const objectinformatieobjecten: List<rows.Objectinformatieobject> = {
  api: 'documenten',
  table: (municipality) => municipality.objectinformatieobjecten,
  sees: (row, sight) => sight.seesDocument(row.informatieobject),
  record: records.objectinformatieobject,
  filters: { informatieobject: ofDocument(), object: ofObject },
  bare: true,
}

export const gebruiksrechten: List<rows.Gebruiksrecht> = {
  api: 'documenten',
  table: (municipality) => municipality.gebruiksrechten,
  sees: (row, sight) => sight.seesDocument(row.informatieobject),
  record: records.gebruiksrecht,
  filters: { informatieobject: ofDocument() },
  bare: true,
}

export const besluiten: List<rows.Besluit> = {
  api: 'besluiten',
  table: (municipality) => municipality.besluiten,
  sees: (row, sight) => sight.seesBesluit(row),
  record: records.besluit,
  filters: {
    identificatie: equals((row) => row.identificatie),
    verantwoordelijkeOrganisatie: equals((row) => row.verantwoordelijkeOrganisatie),
    besluittype: reference((row) => row.besluittype, 'catalogi', 'besluittypen'),
    zaak: reference((row) => row.zaak, 'zaken', 'zaken'),
  },
}

export const besluitinformatieobjecten: List<rows.Besluitinformatieobject> = {
  api: 'besluiten',
  table: (municipality) => municipality.besluitinformatieobjecten,
  sees: (row, sight) => sight.seesBesluit(row.besluit),
  record: records.besluitinformatieobject,
  filters: { informatieobject: ofDocument(), besluit: reference((row) => row.besluit, 'besluiten', 'besluiten') },
  bare: true,
}
