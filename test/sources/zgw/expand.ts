import * as catalogus from './catalogus-records.js'
import type { JsonRecord, JsonValue, Municipality, Row, Zaak } from './model.js'
import { invalid } from './problems.js'
import * as records from './records.js'

const parts = [
  'resultaat',
  'resultaat.resultaattype',
  'rollen',
  'rollen.roltype',
  'status',
  'status.statustype',
  'zaakinformatieobjecten',
  'zaakobjecten',
  'zaaktype',
]
const expandable = new Set([
  ...parts,
  'eigenschappen',
  'eigenschappen.eigenschap',
  'hoofdzaak',
  ...parts.map((part) => `hoofdzaak.${part}`),
  'deelzaken',
  ...parts.map((part) => `deelzaken.${part}`),
])

/** What is asked to be shown along, as a tree. */
export interface Tree {
  [name: string]: Tree
}

/** @throws Problem 400 for a relation that cannot be expanded */
export function parseExpand(text: string): Tree {
  const tree: Tree = {}
  for (const path of text.split(',')) {
    if (!expandable.has(path)) throw invalid('expand', 'invalid_choice', `Selecteer een geldige keuze. ${path} is geen beschikbare keuze.`)
    let at = tree
    for (const name of path.split('.')) {
      at[name] ??= {}
      at = at[name]
    }
  }
  return tree
}

export interface Viewer {
  links: records.Links
  municipality: Municipality
  sees(zaak: Zaak): boolean
  /** Called for every row that is shown along. */
  shows(row: Row): void
}

/** The record of a zaak with `_expand`. Relations that are empty, lead nowhere or may not be seen are left out of it. */
export function expandedZaak(zaak: Zaak, tree: Tree, viewer: Viewer): JsonRecord {
  const { links, municipality } = viewer
  const expanded: JsonRecord = {}
  const one = <R extends Row>(row: R | string | null, show: (row: R) => JsonValue): JsonValue | undefined => {
    if (row === null || typeof row === 'string') return undefined
    viewer.shows(row)
    return show(row)
  }
  const many = <R extends Row>(rows: readonly R[], show: (row: R) => JsonRecord): JsonValue | undefined => {
    rows.forEach(viewer.shows)
    return rows.length === 0 ? undefined : rows.map(show)
  }
  const within = (record: JsonRecord, subtree: Tree, name: string, value: JsonValue | undefined): JsonRecord =>
    name in subtree ? { ...record, _expand: value === undefined ? {} : { [name]: value } } : record
  const ofZaak: { [name: string]: (subtree: Tree) => JsonValue | undefined } = {
    zaaktype: () => one(zaak.zaaktype, (row) => catalogus.zaaktype(row, links, municipality)),
    hoofdzaak: (subtree) =>
      zaak.hoofdzaak !== null && typeof zaak.hoofdzaak !== 'string' && viewer.sees(zaak.hoofdzaak)
        ? one(zaak.hoofdzaak, (row) => expandedZaak(row, subtree, viewer))
        : undefined,
    deelzaken: (subtree) => many(zaak.deelzaken.filter(viewer.sees), (row) => expandedZaak(row, subtree, viewer)),
    status: (subtree) =>
      one(records.currentStatus(zaak), (row) => {
        const type = one(row.statustype, (statustype) => catalogus.statustype(statustype, links, municipality))
        return within(records.status(row, links), subtree, 'statustype', type)
      }),
    resultaat: (subtree) =>
      one(zaak.resultaat, (row) => {
        const type = one(row.resultaattype, (resultaattype) => catalogus.resultaattype(resultaattype, links, municipality))
        return within(records.resultaat(row, links), subtree, 'resultaattype', type)
      }),
    rollen: (subtree) =>
      many(zaak.rollen, (row) => {
        const type = one(row.roltype, (roltype) => catalogus.roltype(roltype, links, municipality))
        return within(records.rol(row, links), subtree, 'roltype', type)
      }),
    eigenschappen: (subtree) =>
      many(zaak.zaakeigenschappen, (row) => {
        const type = one(row.eigenschap, (eigenschap) => catalogus.eigenschap(eigenschap, links, municipality))
        return within(records.zaakeigenschap(row, links), subtree, 'eigenschap', type)
      }),
    zaakobjecten: () => many(zaak.zaakobjecten, (row) => records.zaakobject(row, links)),
    zaakinformatieobjecten: () => many(zaak.zaakinformatieobjecten, (row) => records.zaakinformatieobject(row, links)),
  }
  for (const [name, subtree] of Object.entries(tree)) {
    const value = ofZaak[name]!(subtree)
    if (value !== undefined) expanded[name] = value
  }
  return { ...records.zaak(zaak, links), _expand: expanded }
}
