/** What a breaker is, and how most of them are written. */
import type { World } from '../sources/zgw/birth.js'
import type { JsonRecord, Rol, Row, Status, StreamName, Table, Zaak } from '../sources/zgw/model.js'

/** A record, and a rule that it breaks. */
export interface Accusation {
  stream: StreamName
  uuid: string
  rule: string
}

/** What a breaker does to the municipality, in ways that can be taken back. */
export interface Edits {
  set<R extends Row>(row: R, fields: Partial<R>): void
  /** Fields that the record shows in the place of what its row says. */
  show(row: Row, fields: JsonRecord): void
  /** @param beside the rows of its zaak, or of its zaaktype */
  add<R extends Row>(table: Table<R>, row: R, beside: R[]): R
  /** Another zaak of which nothing is or will be broken, where one of the next few is as it is wanted. */
  another(wanted?: (zaak: Zaak) => boolean): Zaak | undefined
}

export interface Breaker {
  /** What it changes or relies on. Two breakers that share one of these are never in one zaak together. */
  touches: readonly string[]
  /** The record is refused. */
  refuses?: true
  /** The rule looks at the rows of the dataset, where what is refused is not. Not together with a breaker that refuses. */
  ofRows?: true
  /**
   * @returns each record that now breaks rules, with each of those rules; undefined, and nothing changed, where the zaak offers no place
   */
  break(zaak: Zaak, edits: Edits, world: World): Accusation[] | undefined
}

export type Rules = string | readonly string[]

export function accuse(stream: StreamName, { uuid }: Row, rules: Rules): Accusation[] {
  return [rules].flat().map((rule) => ({ stream, uuid, rule }))
}

/** A zaak whose fields break rules. */
export function zaak(rules: Rules, touches: readonly string[], fields: (zaak: Zaak) => Partial<Zaak> | undefined): Breaker {
  return {
    touches,
    break(row, edits) {
      const changed = fields(row)
      if (changed === undefined) return undefined
      edits.set(row, changed)
      return accuse('zaken', row, rules)
    },
  }
}

/** A zaak that shows what no row can hold. */
export function shownZaak(rules: Rules, touches: readonly string[], fields: (zaak: Zaak) => JsonRecord | undefined): Breaker {
  return {
    touches,
    break(row, edits) {
      const shown = fields(row)
      if (shown === undefined) return undefined
      edits.show(row, shown)
      return accuse('zaken', row, rules)
    },
  }
}

/** A rol of a zaak, chosen by its type, whose record shows what breaks rules. */
export function rol(rules: Rules, betrokkeneType: string, fields: (rol: Rol) => JsonRecord | undefined): Breaker {
  return {
    touches: [`rol ${betrokkeneType}`],
    break({ rollen }, edits) {
      const row = rollen.find((each) => each.betrokkeneType === betrokkeneType && each.betrokkeneIdentificatie !== null)
      const shown = row && fields(row)
      if (shown === undefined) return undefined
      edits.show(row!, shown)
      return accuse('rollen', row!, rules)
    },
  }
}

/** The first status of a zaak that has a later one, so that it is neither its end nor what the zaak refers to. */
export function earlierStatus(rules: Rules, fields: (status: Status, zaak: Zaak, world: World) => JsonRecord | undefined): Breaker {
  return {
    touches: ['status'],
    break(zaak, edits, world) {
      const [first] = zaak.statussen
      const shown = zaak.statussen.length > 1 ? fields(first!, zaak, world) : undefined
      if (shown === undefined) return undefined
      edits.show(first!, shown)
      return accuse('statussen', first!, rules)
    },
  }
}

/** Breakers of rules that refuse. */
export const refusing = (breakers: readonly Breaker[]): Breaker[] => breakers.map((breaker) => ({ ...breaker, refuses: true }))

/** A breaker for closed zaken, or for open ones. */
export const when = (test: (zaak: Zaak) => boolean, breaker: Breaker): Breaker => ({
  ...breaker,
  break: (zaak, edits, world) => (test(zaak) ? breaker.break(zaak, edits, world) : undefined),
})
export const isClosed = ({ einddatum, resultaat }: Zaak): boolean => einddatum !== null && resultaat !== null
/** Neither a deelzaak nor a hoofdzaak. */
export const isAlone = ({ hoofdzaak, deelzaken }: Zaak): boolean => hoofdzaak === null && deelzaken.length === 0
export const isOpen = ({ einddatum }: Zaak): boolean => einddatum === null

/** The group of a resultaattype from which the day for the archive follows, of which one field is as it is wanted. */
export const brondatum = (fields: JsonRecord): JsonRecord => ({
  brondatumArchiefprocedure: {
    afleidingswijze: 'afgehandeld',
    datumkenmerk: '',
    einddatumBekend: false,
    objecttype: '',
    registratie: '',
    procestermijn: null,
    ...fields,
  },
})

/** An address of a record that is not there. */
export const nowhere = (list: string, { uuid }: Row): string => `https://openzaak.waterdam.example/${list}/${mirrored(uuid)}`

/** A uuid that no record has: version and variant of another one, turned round. */
const mirrored = (uuid: string): string => `${[...uuid.slice(0, 8)].reverse().join('')}-0000-4000-8000-${uuid.slice(24)}`

/** The day that is `days` later. */
export const later = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
