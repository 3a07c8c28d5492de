/**
 * What breaks which rules in a catalogus. There are few types, and zaken depend on them: each of these breaks one that was made for it, and that
 * no zaak has.
 */
import type { World } from '../sources/zgw/birth.js'
import type { JsonRecord, Row, StreamName, Table, Zaaktype } from '../sources/zgw/model.js'
import { type Accusation, accuse, brondatum, type Edits, type Rules } from './breaker.js'

export interface CatalogusBreaker {
  /** Makes what is broken later; it breaks nothing and stays. */
  prepare(world: World): (edits: Edits) => Accusation[]
}

type Part = 'statustypen' | 'resultaattypen' | 'roltypen'

/** A type whose record shows what breaks a rule. */
function shown(stream: 'zaaktypen' | Part, rules: Rules, fields: JsonRecord): CatalogusBreaker {
  return {
    prepare(world) {
      const zaaktype = spare(world)
      const row: Row = stream === 'zaaktypen' ? zaaktype : zaaktype[stream][0]!
      return (edits) => {
        edits.show(row, fields)
        return accuse(stream, row, rules)
      }
    },
  }
}

function broken(
  stream: StreamName,
  rule: string,
  breaking: (zaaktype: Zaaktype, edits: Edits, second: Zaaktype) => Row[],
): CatalogusBreaker {
  return {
    prepare(world) {
      const [zaaktype, second] = [spare(world), spare(world)]
      return (edits) => breaking(zaaktype, edits, second).flatMap((row) => accuse(stream, row, rule))
    },
  }
}

const streams = ['zaaktypen', 'statustypen', 'resultaattypen', 'roltypen'] as const
const away = 'https://openzaak.waterdam.example/catalogi/api/v1/zaaktypen/00000000-0000-4000-8000-000000000000'

export const catalogusBreakers: readonly CatalogusBreaker[] = [
  ...streams.flatMap((stream) => [
    shown(stream, 'time.datum', { eindeGeldigheid: '2023-02-29' }),
    shown(stream, 'time.datum-bereik', { beginGeldigheid: '0202-05-01' }),
    shown(stream, 'time.periode', { beginGeldigheid: '2026-05-01', eindeGeldigheid: '2026-04-30' }),
    shown(stream, 'zgw-catalogi.object-periode', { beginObject: '2026-05-01', eindeObject: '2026-04-30' }),
  ]),
  // The first statustype is then the last one of a zaaktype of its own, and no end.
  shown('statustypen', ['zgw-catalogi.zaaktype-bestaat', 'zgw-catalogi.statustype-eind'], { zaaktype: away }),
  shown('resultaattypen', 'zgw-catalogi.zaaktype-bestaat', { zaaktype: away }),
  shown('roltypen', 'zgw-catalogi.zaaktype-bestaat', { zaaktype: away }),
  shown('zaaktypen', 'zgw-catalogi.deelzaaktypen-bestaan', { deelzaaktypen: [away] }),
  shown('zaaktypen', 'zgw-zaken.vertrouwelijkheidaanduiding', { vertrouwelijkheidaanduiding: 'prive' }),
  shown('zaaktypen', 'time.duur', { doorlooptijd: '30D' }),
  shown('statustypen', 'time.duur', { doorlooptijd: 'P1W2D' }),
  shown('resultaattypen', 'time.duur', { archiefactietermijn: '7 jaar' }),
  shown('zaaktypen', 'zgw-catalogi.termijn-positief', { doorlooptijd: 'P0D' }),
  shown('statustypen', 'zgw-catalogi.termijn-positief', { doorlooptijd: 'PT0S' }),
  shown('resultaattypen', 'zgw-catalogi.termijn-positief', { archiefactietermijn: 'P0Y' }),
  shown('resultaattypen', 'zgw-catalogi.afleidingswijze', brondatum({ afleidingswijze: 'onbekend' })),
  shown('resultaattypen', 'zgw-zaken.archiefnominatie', { archiefnominatie: 'bewaren' }),
  shown('roltypen', 'zgw-zaken.omschrijving-generiek', { omschrijvingGeneriek: 'aanvrager' }),
  shown('resultaattypen', 'zgw-catalogi.ztc-004', brondatum({ datumkenmerk: 'einddatum' })),
  shown('resultaattypen', 'zgw-catalogi.ztc-005', brondatum({ einddatumBekend: true })),
  shown('resultaattypen', 'zgw-catalogi.ztc-006', brondatum({ objecttype: 'pand' })),
  shown('resultaattypen', 'zgw-catalogi.ztc-007', brondatum({ registratie: 'BRP' })),
  shown('resultaattypen', 'zgw-catalogi.ztc-008', brondatum({ procestermijn: 'P1Y' })),
  // The last day of the one is the first of the other.
  broken('zaaktypen', 'zgw-catalogi.ztc-016', (first, edits, second) => {
    edits.set(first, { beginGeldigheid: '2020-01-01', eindeGeldigheid: '2020-12-31' })
    edits.set(second, { identificatie: first.identificatie, beginGeldigheid: '2020-12-31' })
    return [first, second]
  }),
  broken('zaaktypen', 'zgw-catalogi.ztc-016-gat', (first, edits, second) => {
    edits.set(first, { beginGeldigheid: '2020-01-01', eindeGeldigheid: '2020-12-31' })
    edits.set(second, { identificatie: first.identificatie, beginGeldigheid: '2021-01-02' })
    return [second]
  }),
  broken('statustypen', 'zgw-catalogi.statustype-volgnummer', ({ statustypen: [first, second] }, edits) => {
    edits.set(second!, { volgnummer: first!.volgnummer })
    return [first!, second!]
  }),
  broken('statustypen', 'zgw-catalogi.statustype-eind', ({ statustypen }, edits) => {
    edits.set(statustypen.at(-1)!, { isEindstatus: false })
    return [statustypen.at(-1)!]
  }),
]

/** A zaaktype like the others with all that hangs under it, of a number of its own. */
function spare({ municipality, random }: World): Zaaktype {
  const { zaaktypen } = municipality
  const model = zaaktypen.rows.find(({ concept, eindeGeldigheid }) => !concept && eindeGeldigheid === null)!
  const pk = zaaktypen.nextPk()
  const zaaktype: Zaaktype = { ...model, pk, uuid: random.uuid(), identificatie: `B9${pk}`, eigenschappen: [] }
  for (const part of ['statustypen', 'resultaattypen', 'roltypen'] as const) {
    const table = municipality[part] as unknown as Table<Row & { zaaktype: Zaaktype }>
    const copies = model[part].map((row) => table.add({ ...row, pk: table.nextPk(), uuid: random.uuid(), zaaktype }))
    Object.assign(zaaktype, { [part]: copies })
  }
  return zaaktypen.add(zaaktype)
}
