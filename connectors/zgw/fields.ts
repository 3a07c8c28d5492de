import { z } from 'zod'
import { field } from '../connector.js'

/**
 * Fields as ZGW servers give them. Any field may be absent or null: servers of other versions leave fields out, and a rule, not the form,
 * says what a record needs. Descriptions are Dutch, as the standard's are: they become comments of columns.
 *
 * @see Zaken API 1.5.1 and Catalogi API 1.3.1 as served by Open Zaak 1.30 (openapi.yaml), and VNG-Realisatie/gemma-zaken
 */

type Kind = Parameters<typeof field>[1]
type More = NonNullable<Parameters<typeof field>[3]>

export const text = (kind: Kind, description: string, more?: More) => field(z.string().nullish(), kind, description, more)
export const integer = (kind: Kind, description: string) => field(z.int().nullish(), kind, description)
export const boolean = (description: string, more?: More) => field(z.boolean().nullish(), 'none', description, more)
export const date = (description: string, more?: More) => field(z.iso.date().nullish(), 'none', description, more)
export const moment = (description: string, more?: More) => field(z.iso.datetime({ offset: true }).nullish(), 'none', description, more)
export const duration = (description: string) => field(z.iso.duration().nullish(), 'none', description)
export const link = (kind: Kind, description: string) => field(z.url().nullish(), kind, description)
export const texts = (kind: Kind, description: string) => field(z.array(z.string()).nullish(), kind, description)
export const links = (description: string) => field(z.array(z.url()).nullish(), 'none', description)

/** One of a list of codes. A code that is not on it is a finding of a rule, not an unreadable record. */
export const code = (codes: readonly [string, ...string[]], description: string, more?: More) =>
  field(z.enum(codes).nullish(), 'none', description, more)

/** A code that says something of a person. */
export const codeOfPerson = (codes: readonly [string, ...string[]], kind: Kind, description: string) =>
  field(z.enum(codes).nullish(), kind, description)

/** The address of a record of another stream. It lands as `<field>_uuid`, because the host in it differs by route. */
export const reference = (stream: string, description: string, more?: More) =>
  field(z.url().nullish(), 'none', description, { reference: stream, ...more })
export const references = (stream: string, description: string, more?: More) =>
  field(z.array(z.url()).nullish(), 'none', description, { reference: stream, ...more })

/** Addresses of records that have a stream of their own, in which each points back here. */
export const children = (description: string) => field(z.array(z.url()).nullish(), 'none', description, { lands: false })

/** A nested part that is known and does not land; the description says why. */
export const unlanded = (kind: Kind, description: string) =>
  field(z.record(z.string(), z.unknown()).nullish(), kind, description, { lands: false })

/** A group of fields: each becomes a column of its own. */
export const group = <T extends z.ZodRawShape>(fields: T) => z.object(fields).nullish()

/** A list of objects: jsonb, or a child table where the contract says so. */
export const list = <T extends z.ZodRawShape>(fields: T, description: string) =>
  field(z.array(z.object(fields)).nullish(), 'none', description)

/** The record's own address: the host in it is that of the route, so that it says nothing of change. */
export const ownUrl = field(z.url(), 'none', 'Adres van dit object bij de bron', { volatile: true })
export const ownUuid = field(z.uuid(), 'none', 'Unieke sleutel van dit object bij de bron')
/** Catalogi API 1.3.1 gives no `uuid`: it is the end of the address. */
export const addedUuid = field(z.uuid(), 'none', 'Unieke sleutel van dit object bij de bron (laatste deel van het adres)', { added: true })

export const ofZaak = reference('zaken', 'De zaak waarbij dit hoort')

/** When a version of a catalogus object holds. Both ends are inclusive. */
export const validity = {
  beginGeldigheid: date('Eerste dag waarop deze versie geldt'),
  eindeGeldigheid: date('Laatste dag waarop deze versie geldt'),
  beginObject: date('Datum waarop de eerste versie ontstond'),
  eindeObject: date('Datum waarop de laatste versie ophield'),
}

/** To which zaaktype a catalogus object belongs. */
export const ofZaaktype = {
  zaaktype: reference('zaaktypen', 'Het zaaktype, in één van zijn versies'),
  zaaktypeIdentificatie: text('none', 'Identificatie van het zaaktype, gelijk in al zijn versies'),
  catalogus: reference('catalogussen', 'De catalogus'),
}
