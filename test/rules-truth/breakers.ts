/** What breaks which rules in a zaak: a breaker for each way in which a rule on a value or a record can be broken. */
import type { JsonRecord, Rol } from '../sources/zgw/model.js'
import { type Breaker, earlierStatus, isAlone, isClosed, isOpen, later, refusing, rol, shownZaak, when, zaak } from './breaker.js'
import { referenceBreakers } from './reference-breakers.js'
import { setBreakers } from './set-breakers.js'

const identified = ({ betrokkeneIdentificatie }: Rol, by: JsonRecord): JsonRecord => ({
  betrokkeneIdentificatie: { ...betrokkeneIdentificatie, ...by },
})
const bsnOf = ({ betrokkeneIdentificatie }: Rol): string => String(betrokkeneIdentificatie!.inpBsn)

/** Rules that refuse a record. */
const refused: readonly Breaker[] = refusing([
  // A zero too few, as after a spreadsheet; another last digit; a letter.
  zaak('nl.rsin', ['bronorganisatie'], () => ({ bronorganisatie: '2564440' })),
  zaak('nl.rsin', ['verantwoordelijkeOrganisatie'], () => ({ verantwoordelijkeOrganisatie: '002564441' })),
  zaak('nl.rsin', ['opdrachtgevendeOrganisatie'], () => ({ opdrachtgevendeOrganisatie: '88000000A' })),
  zaak('time.datum', ['einddatumGepland'], () => ({ einddatumGepland: '2026-02-30' })),
  zaak('time.datum', ['publicatiedatum'], () => ({ publicatiedatum: '31-12-2025' })),
  zaak('time.datum', ['uiterlijkeEinddatumAfdoening'], () => ({ uiterlijkeEinddatumAfdoening: '0000-00-00' })),
  shownZaak('time.tijdstip', ['laatstGemuteerd'], () => ({ laatstGemuteerd: '2026-03-29T02:30:00' })),
  zaak('time.duur', ['verlenging'], () => ({ verlenging: { reden: 'Advies van derden nodig', duur: '42D' } })),
  earlierStatus('time.tijdstip', () => ({ datumStatusGezet: '2026-01-01T24:30:00Z' })),
  rol('time.tijdstip', 'medewerker', () => ({ registratiedatum: '2026-13-01T00:00:00Z' })),
  rol('time.datum', 'medewerker', () => ({ beginGeldigheid: '2023-02-29' })),
  rol('nl.bsn', 'natuurlijk_persoon', (row) => identified(row, { inpBsn: bsnOf(row).slice(0, 8) })),
  rol('nl.bsn', 'natuurlijk_persoon', (row) => identified(row, { inpBsn: bsnOf(row).slice(0, 8) + ((Number(bsnOf(row)[8]) + 1) % 10) })),
])

const valueBreakers: readonly Breaker[] = [
  zaak('time.datum-bereik', ['publicatiedatum'], () => ({ publicatiedatum: '0202-05-01' })),
  zaak('time.datum-bereik', ['uiterlijkeEinddatumAfdoening'], () => ({ uiterlijkeEinddatumAfdoening: '9026-05-01' })),
  shownZaak('time.tijdstip-tweemaal', ['laatstGemuteerd'], () => ({ laatstGemuteerd: '2025-10-26T02:30:00' })),
  zaak('zgw-zaken.vertrouwelijkheidaanduiding', ['vertrouwelijkheidaanduiding'], () => ({ vertrouwelijkheidaanduiding: 'Openbaar' })),
  zaak('zgw-zaken.zrc-009-ingevuld', ['vertrouwelijkheidaanduiding'], () => ({ vertrouwelijkheidaanduiding: '' })),
  when(
    isClosed,
    zaak('zgw-zaken.archiefnominatie', ['archief'], () => ({ archiefnominatie: 'bewaren' })),
  ),
  zaak('zgw-zaken.archiefstatus', ['archief'], () => ({ archiefstatus: 'archief' })),
  zaak('zgw-zaken.betalingsindicatie', ['betaling'], () => ({ betalingsindicatie: 'onbekend', laatsteBetaaldatum: null })),
  earlierStatus('time.tijdstip-tweemaal', () => ({ datumStatusGezet: '2024-10-27T02:59:59' })),
  rol('time.tijdstip-tweemaal', 'natuurlijk_persoon', () => ({ registratiedatum: '2025-10-26T02:00:00' })),
  rol('zgw-zaken.indicatie-machtiging', 'natuurlijk_persoon', () => ({ indicatieMachtiging: 'onbekend' })),
  rol('time.periode', 'medewerker', () => ({ beginGeldigheid: '2026-05-01', eindeGeldigheid: '2026-04-30' })),
  rol('time.datum-bereik', 'medewerker', () => ({ eindeGeldigheid: '2999-01-01' })),
  rol('zgw-zaken.betrokkene-type', 'medewerker', () => ({ betrokkeneType: 'ketenpartner' })),
  rol('zgw-zaken.omschrijving-generiek', 'medewerker', () => ({ omschrijvingGeneriek: 'dossierhouder' })),
]

const micros = (moment: string): number => Date.parse(moment) * 1_000
const unnumbered = {
  inpBsn: '',
  anpIdentificatie: '',
  inpA_nummer: '',
  innNnpId: '',
  annIdentificatie: '',
  kvkNummer: '',
  vestigingsNummer: '',
}
const withoutAddress = {
  aoaIdentificatie: '',
  wplWoonplaatsNaam: '',
  gorOpenbareRuimteNaam: '',
  aoaPostcode: '',
  aoaHuisnummer: null,
  aoaHuisletter: '',
  aoaHuisnummertoevoeging: '',
  inpLocatiebeschrijving: '',
}

const recordBreakers: readonly Breaker[] = [
  when(
    isClosed,
    zaak('zgw-zaken.zaak-einddatum', ['startdatum', 'einde', 'einddatumGepland'], ({ einddatum }) => ({
      startdatum: later(einddatum!, 1),
      einddatumGepland: null,
    })),
  ),
  zaak('zgw-zaken.zaak-einddatum-gepland', ['startdatum', 'einddatumGepland'], ({ startdatum }) => ({
    einddatumGepland: later(startdatum, -1),
  })),
  zaak('zgw-zaken.zaak-registratiedatum', ['registratiedatum'], () => ({ registratiedatum: '2099-01-01' })),
  zaak('zgw-zaken.betaaldatum-verleden', ['betaling'], () => ({
    betalingsindicatie: 'geheel',
    laatsteBetaaldatum: micros('2099-01-01T00:00:00Z'),
  })),
  earlierStatus('zgw-zaken.status-verleden', () => ({ datumStatusGezet: '2099-01-01T00:00:00Z' })),
  zaak('zgw-zaken.zrc-014', ['betaling'], () => ({ betalingsindicatie: 'nvt', laatsteBetaaldatum: micros('2026-01-02T10:00:00Z') })),
  when(
    isOpen,
    zaak('zgw-zaken.zrc-022a', ['archief'], () => ({ archiefstatus: 'overgedragen' })),
  ),
  when(
    isClosed,
    zaak('zgw-zaken.zrc-022a-blijvend', ['archief'], () => ({
      archiefstatus: 'gearchiveerd',
      archiefnominatie: 'blijvend_bewaren',
      archiefactiedatum: null,
    })),
  ),
  when(
    isOpen,
    zaak('zgw-zaken.zrc-008', ['archief'], () => ({ archiefactiedatum: '2030-01-01' })),
  ),
  when(
    isClosed,
    zaak('zgw-zaken.zrc-026', ['archief'], () => ({ archiefnominatie: 'blijvend_bewaren', startdatumBewaartermijn: '2026-01-01' })),
  ),
  {
    ...when(
      isAlone,
      // A tree that goes round has no end.
      zaak(['zgw-zaken.zrc-013a', 'zgw-zaken.zrc-013b'], ['hoofdzaak'], (row) => ({ hoofdzaak: row })),
    ),
    ofRows: true,
  },
  when(
    isClosed,
    shownZaak('zgw-zaken.zrc-007-resultaat', ['resultaat'], () => ({ resultaat: null })),
  ),
  rol('zgw-zaken.rol-identificatie', 'natuurlijk_persoon', (row) => identified(row, unnumbered)),
  rol('zgw-zaken.rol-identificatie', 'niet_natuurlijk_persoon', (row) => identified(row, unnumbered)),
  rol('zgw-zaken.rol-identificatie', 'vestiging', (row) => identified(row, unnumbered)),
  rol('zgw-zaken.verblijfsadres-compleet', 'natuurlijk_persoon', (row) =>
    identified(row, { verblijfsadres: { ...withoutAddress, aoaHuisnummer: 15, wplWoonplaatsNaam: 'Waterdam' } }),
  ),
  rol('zgw-zaken.verblijfsadres-huisnummer', 'natuurlijk_persoon', (row) =>
    identified(row, { verblijfsadres: { ...withoutAddress, aoaPostcode: '1234AB', aoaHuisletter: 'C' } }),
  ),
]

export const breakers: readonly Breaker[] = [...refused, ...valueBreakers, ...recordBreakers, ...setBreakers, ...referenceBreakers]
