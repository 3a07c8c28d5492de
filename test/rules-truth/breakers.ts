/** What breaks which rules in the zaken of the sample municipality: a breaker for each way in which one can be broken. */
import type { World } from '../sources/zgw/birth.js'
import type { Rol, Row, StreamName, Table, Zaak } from '../sources/zgw/model.js'

/** A record, and a rule that it breaks. */
export interface Accusation {
  stream: StreamName
  uuid: string
  rule: string
}

/** What a breaker does to the municipality, in ways that can be taken back. */
export interface Edits {
  set<R extends Row>(row: R, fields: Partial<R>): void
  /** @param beside the rows of its zaak, or of its zaaktype */
  add<R extends Row>(table: Table<R>, row: R, beside: R[]): R
  /** Another zaak that nothing is or will be broken in. */
  another(): Zaak
}

export interface Breaker {
  /** What it changes or relies on. Two breakers that share one of these are never in one zaak together. */
  touches: readonly string[]
  /**
   * @returns each record that now breaks rules, with each of those rules; undefined, and nothing changed, where the zaak offers no place
   */
  break(zaak: Zaak, edits: Edits, world: World): Accusation[] | undefined
}

/** A zaak whose fields break rules. */
function zaak(rules: string | readonly string[], touches: readonly string[], fields: (zaak: Zaak) => Partial<Zaak> | undefined): Breaker {
  return {
    touches,
    break(row, edits) {
      const changed = fields(row)
      if (changed === undefined) return undefined
      edits.set(row, changed)
      return [rules].flat().map((rule) => ({ stream: 'zaken', uuid: row.uuid, rule }))
    },
  }
}

/** A rol of a zaak, chosen by its type, whose fields break rules. */
function rol(rules: string | readonly string[], betrokkeneType: string, fields: (rol: Rol) => Partial<Rol> | undefined): Breaker {
  return {
    touches: [`rol ${betrokkeneType}`],
    break({ rollen }, edits) {
      const row = rollen.find((each) => each.betrokkeneType === betrokkeneType && each.betrokkeneIdentificatie !== null)
      const changed = row && fields(row)
      if (changed === undefined) return undefined
      edits.set(row!, changed)
      return [rules].flat().map((rule) => ({ stream: 'rollen', uuid: row!.uuid, rule }))
    },
  }
}

const identified = ({ betrokkeneIdentificatie }: Rol, by: { [name: string]: string }): Partial<Rol> => ({
  betrokkeneIdentificatie: { ...betrokkeneIdentificatie, ...by },
})

const fieldBreakers: readonly Breaker[] = [
  // A zero too few, as after a spreadsheet; another last digit; a letter.
  zaak('nl.rsin', ['bronorganisatie'], () => ({ bronorganisatie: '2564440' })),
  zaak('nl.rsin', ['verantwoordelijkeOrganisatie'], () => ({ verantwoordelijkeOrganisatie: '002564441' })),
  zaak('nl.rsin', ['opdrachtgevendeOrganisatie'], () => ({ opdrachtgevendeOrganisatie: '88000000A' })),
  zaak('time.datum', ['einddatumGepland'], () => ({ einddatumGepland: '2026-02-30' })),
  zaak('time.datum', ['publicatiedatum'], () => ({ publicatiedatum: '31-12-2025' })),
  zaak('time.datum', ['uiterlijkeEinddatumAfdoening'], () => ({ uiterlijkeEinddatumAfdoening: '0000-00-00' })),
  zaak('zgw-zaken.vertrouwelijkheidaanduiding', ['vertrouwelijkheidaanduiding'], () => ({ vertrouwelijkheidaanduiding: 'Openbaar' })),
  zaak('zgw-zaken.archiefnominatie', ['archief'], ({ archiefnominatie }) =>
    archiefnominatie === null ? undefined : { archiefnominatie: 'bewaren' },
  ),
  zaak('zgw-zaken.archiefstatus', ['archief'], ({ archiefnominatie }) =>
    archiefnominatie === null ? undefined : { archiefstatus: 'archief' },
  ),
  zaak('zgw-zaken.betalingsindicatie', ['betaling'], () => ({ betalingsindicatie: 'onbekend', laatsteBetaaldatum: null })),
  rol('nl.bsn', 'natuurlijk_persoon', (row) => identified(row, { inpBsn: String(row.betrokkeneIdentificatie!.inpBsn).slice(0, 8) })),
  rol('nl.bsn', 'natuurlijk_persoon', (row) => {
    const bsn = String(row.betrokkeneIdentificatie!.inpBsn)
    return identified(row, { inpBsn: bsn.slice(0, 8) + ((Number(bsn[8]) + 1) % 10) })
  }),
  rol('zgw-zaken.betrokkene-type', 'medewerker', () => ({ betrokkeneType: 'ketenpartner' })),
  rol('zgw-zaken.omschrijving-generiek', 'medewerker', () => ({ omschrijvingGeneriek: 'dossierhouder' })),
]

export const breakers: readonly Breaker[] = [...fieldBreakers]
