import type { ChangedKey, Notificatie, Notificaties } from '../notificaties.js'
import { uuidOf } from './normalise.js'

/** The stream of the main object of a kanaal. */
const kanalen: { readonly [kanaal: string]: string } = {
  zaken: 'zaken',
  documenten: 'enkelvoudiginformatieobjecten',
  besluiten: 'besluiten',
  zaaktypen: 'zaaktypen',
  informatieobjecttypen: 'informatieobjecttypen',
  besluittypen: 'besluittypen',
}

/** The stream of a resource below it. Of others, such as `klantcontact`, we have no stream. */
const resources: { readonly [resource: string]: string } = {
  status: 'statussen',
  resultaat: 'resultaten',
  rol: 'rollen',
  zaakobject: 'zaakobjecten',
  zaakinformatieobject: 'zaakinformatieobjecten',
  zaakeigenschap: 'zaakeigenschappen',
  gebruiksrechten: 'gebruiksrechten',
  besluitinformatieobject: 'besluitinformatieobjecten',
  zaaktype: 'zaaktypen',
  statustype: 'statustypen',
  resultaattype: 'resultaattypen',
  roltype: 'roltypen',
  eigenschap: 'eigenschappen',
  informatieobjecttype: 'informatieobjecttypen',
  besluittype: 'besluittypen',
}

/**
 * The main object is read again whatever changed below it: a status moves the dates of its zaak.
 *
 * @see VNG-Realisatie/gemma-zaken, notificaties of the Zaken, Documenten, Besluiten and Catalogi API; resources as Open Zaak 1.30 names them
 */
export const notificaties: Notificaties = {
  kanalen: Object.keys(kanalen),
  keysOf({ kanaal, hoofdObject, resource, resourceUrl }: Notificatie): ChangedKey[] {
    const main = kanalen[kanaal]
    if (main === undefined) return []
    const stream = resources[resource]
    const found = [keyed(main, hoofdObject, hoofdObject)]
    if (stream !== undefined && stream !== main) found.push(keyed(stream, resourceUrl, hoofdObject))
    return found.filter((key) => key !== undefined)
  },
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function keyed(stream: string, address: string, owner: string): ChangedKey | undefined {
  const [uuid, ownUuid] = [uuidOf(address), uuidOf(owner)]
  if (uuid === undefined || !uuidForm.test(uuid)) return undefined
  // Eigenschappen are found through their zaak only, so that it is part of their key.
  if (stream !== 'zaakeigenschappen') return { stream, key: { uuid } }
  return ownUuid === undefined || !uuidForm.test(ownUuid) ? undefined : { stream, key: { zaakUuid: ownUuid, uuid } }
}
