/** What breaks which rules on what a record refers to. */
import type { World } from '../sources/zgw/birth.js'
import { momentText } from '../sources/zgw/calendar.js'
import type { Resultaattype, Row, Zaak, Zaaktype } from '../sources/zgw/model.js'
import { currentStatus } from '../sources/zgw/records.js'
import {
  type Accusation,
  accuse,
  type Breaker,
  brondatum,
  earlierStatus,
  isAlone,
  isClosed,
  isOpen,
  later,
  nowhere,
  rol,
  shownZaak,
  when,
  zaak,
} from './breaker.js'

const inZaken = (list: string) => `zaken/api/v1/${list}`
const inCatalogi = (list: string) => `catalogi/api/v1/${list}`

/** Shows a reference to a row of another list; the host of an address is never looked at. */
const refer = (list: string, { uuid }: Row): string => `https://openzaak.waterdam.example/${list}/${uuid}`

/** Of what hangs under a zaaktype: the first that is of another one. */
function foreign<R extends Row & { zaaktype: Zaaktype }>(rows: readonly R[], { zaaktype }: Zaak, wanted: (row: R) => boolean = () => true) {
  return rows.find((row) => row.zaaktype !== zaaktype && !row.zaaktype.concept && wanted(row))
}

/** What hangs under a zaak that has another zaaktype than it had. */
const childrenOf = (zaak: Zaak): Accusation[] => [
  ...zaak.statussen.flatMap((row) => accuse('statussen', row, 'zgw-zaken.zrc-016')),
  ...zaak.rollen.flatMap((row) => accuse('rollen', row, 'zgw-zaken.zrc-019')),
  ...(zaak.resultaat === null ? [] : accuse('resultaten', zaak.resultaat, 'zgw-zaken.zrc-020')),
]
const allTouched = [
  'productenOfDiensten',
  'vertrouwelijkheidaanduiding',
  'status',
  'resultaat',
  ...['natuurlijk_persoon', 'medewerker', 'niet_natuurlijk_persoon', 'vestiging'].map((type) => `rol ${type}`),
]

const referring: readonly Breaker[] = [
  when(
    isAlone,
    zaak('zgw-zaken.hoofdzaak-bestaat', ['hoofdzaak'], (row) => ({ hoofdzaak: nowhere(inZaken('zaken'), row) })),
  ),
  shownZaak('zgw-zaken.status-bestaat', ['status'], (row) => ({ status: nowhere(inZaken('statussen'), row) })),
  shownZaak('zgw-zaken.resultaat-bestaat', ['resultaat'], (row) => ({ resultaat: nowhere(inZaken('resultaten'), row) })),
  {
    touches: allTouched,
    break(row, edits) {
      edits.show(row, { zaaktype: nowhere(inCatalogi('zaaktypen'), row) })
      return [...accuse('zaken', row, 'zgw-zaken.zrc-001'), ...childrenOf(row)]
    },
  },
  // As secret as can be and with no products: of what the concept says of them nothing is broken.
  {
    touches: allTouched,
    break(row, edits, { municipality }) {
      edits.set(row, { productenOfDiensten: [], vertrouwelijkheidaanduiding: 'zeer_geheim' })
      edits.show(row, { zaaktype: refer(inCatalogi('zaaktypen'), municipality.zaaktypen.rows.find(({ concept }) => concept)!) })
      return [...accuse('zaken', row, 'zgw-zaken.zrc-001-concept'), ...childrenOf(row)]
    },
  },
  zaak('zgw-zaken.zrc-015', ['productenOfDiensten'], () => ({
    productenOfDiensten: ['https://producten.waterdam.example/product/anders'],
  })),
  earlierStatus('zgw-zaken.zaak-bestaat', (row) => ({ zaak: nowhere(inZaken('zaken'), row) })),
  earlierStatus('zgw-zaken.statustype-bestaat', (row) => ({ statustype: nowhere(inCatalogi('statustypen'), row) })),
  earlierStatus('zgw-zaken.zrc-016', (_, owner, { municipality }) => ({
    statustype: refer(inCatalogi('statustypen'), foreign(municipality.statustypen.rows, owner)!),
  })),
  rol('zgw-zaken.zaak-bestaat', 'natuurlijk_persoon', (row) => ({ zaak: nowhere(inZaken('zaken'), row) })),
  rol('zgw-zaken.roltype-bestaat', 'niet_natuurlijk_persoon', (row) => ({ roltype: nowhere(inCatalogi('roltypen'), row) })),
  ofRoltype(),
  ofResultaat('zgw-zaken.zaak-bestaat', (row) => ({ zaak: nowhere(inZaken('zaken'), row) })),
  ofResultaat('zgw-zaken.resultaattype-bestaat', (row) => ({ resultaattype: nowhere(inCatalogi('resultaattypen'), row) })),
  // Of another zaaktype, kept as long and for the same fate, so that the archiefactiedatum stays right.
  ofResultaat('zgw-zaken.zrc-020', ({ resultaattype }, owner, { municipality }) => {
    if (typeof resultaattype === 'string') return undefined
    const other = foreign(
      municipality.resultaattypen.rows,
      owner,
      ({ archiefactietermijnYears }) => archiefactietermijnYears === resultaattype.archiefactietermijnYears,
    )
    return other && { resultaattype: refer(inCatalogi('resultaattypen'), other) }
  }),
  when(
    isClosed,
    shownZaak('zgw-zaken.zrc-007-eindstatus', ['status'], ({ statussen }) => ({ status: refer(inZaken('statussen'), statussen[0]!) })),
  ),
  // Without a day for the archive, which would be another one too.
  when(
    (row) =>
      isClosed(row) && row.startdatum < row.einddatum! && row.einddatum === momentText(currentStatus(row)!.datumStatusGezet).slice(0, 10),
    zaak('zgw-zaken.zrc-007-einddatum', ['einde', 'archief', 'status', 'startdatum'], ({ einddatum }) => ({
      einddatum: later(einddatum!, -1),
      archiefactiedatum: null,
    })),
  ),
  when((row) => isClosed(row) && isAlone(row), {
    touches: ['hoofdzaak'],
    break(row, edits) {
      const deelzaak = edits.another((other) => isOpen(other) && isAlone(other))
      if (deelzaak === undefined) return undefined
      edits.set(deelzaak, { hoofdzaak: row })
      edits.set(row, { deelzaken: [deelzaak] })
      return accuse('zaken', row, 'zgw-zaken.zrc-007d')
    },
  }),
  when(
    ({ zaaktype, vertrouwelijkheidaanduiding: is }) => zaaktype.vertrouwelijkheidaanduiding !== 'openbaar' && is !== 'openbaar',
    zaak('zgw-zaken.zrc-009', ['vertrouwelijkheidaanduiding'], () => ({ vertrouwelijkheidaanduiding: 'openbaar' })),
  ),
  when(
    (row) => isClosed(row) && row.archiefactiedatum !== null,
    zaak('zgw-zaken.zrc-021', ['archief', 'resultaat'], ({ archiefactiedatum }) => ({ archiefactiedatum: later(archiefactiedatum!, 1) })),
  ),
  {
    touches: ['archief', 'resultaat', 'relevanteAndereZaken', 'einde'],
    break(row, edits, { municipality, random }) {
      const { resultaat, zaaktype } = row
      const related = isClosed(row) && typeof resultaat!.resultaattype !== 'string' ? edits.another(isClosed) : undefined
      if (related === undefined) return undefined
      const { resultaattypen } = municipality
      const made = {
        ...(resultaat!.resultaattype as Resultaattype),
        pk: resultaattypen.nextPk(),
        uuid: random.uuid(),
        shown: brondatum({ afleidingswijze: 'gerelateerde_zaak' }),
      }
      edits.set(resultaat!, { resultaattype: edits.add(resultaattypen, made, zaaktype.resultaattypen) })
      edits.set(row, {
        relevanteAndereZaken: [{ zaak: related, aardRelatie: 'vervolg', toelichting: '' }],
        archiefactiedatum: '2099-01-01',
      })
      return accuse('zaken', row, 'zgw-zaken.zrc-021-gerelateerd')
    },
  },
]

/** They are judged of what stands in the dataset. */
export const referenceBreakers: readonly Breaker[] = referring.map((breaker) => ({ ...breaker, ofRows: true }))

function ofRoltype(): Breaker {
  return {
    touches: ['rol medewerker'],
    break(owner, edits, { municipality }) {
      const row = owner.rollen.find(({ betrokkeneType }) => betrokkeneType === 'medewerker')
      if (row === undefined) return undefined
      edits.show(row, { roltype: refer(inCatalogi('roltypen'), foreign(municipality.roltypen.rows, owner)!) })
      return accuse('rollen', row, 'zgw-zaken.zrc-019')
    },
  }
}

function ofResultaat(
  rule: string,
  fields: (row: NonNullable<Zaak['resultaat']>, owner: Zaak, world: World) => { [field: string]: string } | undefined,
): Breaker {
  return {
    touches: ['resultaat'],
    break(owner, edits, world) {
      const row = owner.resultaat
      const shown = row === null ? undefined : fields(row, owner, world)
      if (shown === undefined) return undefined
      edits.show(row!, shown)
      return accuse('resultaten', row!, rule)
    },
  }
}
