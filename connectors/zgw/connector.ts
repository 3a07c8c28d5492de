import { connector } from '../connector.js'
import applicaties from './applicaties.js'
import besluiten from './besluiten.js'
import besluitinformatieobjecten from './besluitinformatieobjecten.js'
import besluittypen from './besluittypen.js'
import catalogussen from './catalogussen.js'
import enkelvoudiginformatieobjecten from './enkelvoudiginformatieobjecten.js'
import gebruiksrechten from './gebruiksrechten.js'
import informatieobjecttypen from './informatieobjecttypen.js'
import { notificaties } from './notificaties.js'
import objectinformatieobjecten from './objectinformatieobjecten.js'
import resultaten from './resultaten.js'
import rollen from './rollen.js'
import { scope } from './scope.js'
import statussen from './statussen.js'
import zaakeigenschappen from './zaakeigenschappen.js'
import zaakinformatieobjecten from './zaakinformatieobjecten.js'
import zaakobjecten from './zaakobjecten.js'
import { eigenschappen, resultaattypen, roltypen, statustypen } from './zaaktype-delen.js'
import zaaktypen from './zaaktypen.js'
import zaken from './zaken.js'

/**
 * Zaken, documents, besluiten, catalogi and autorisaties of a ZGW server: Open Zaak, and others that keep to the standard (Zaken API 1.5,
 * Documenten API 1.4, Besluiten API 1.0, Catalogi API 1.3, Autorisaties API 1.0). Of documents only what is said of them is read, never what stands in them.
 */
export default connector({
  docs: 'https://vng-realisatie.github.io/gemma-zaken/standaard/',
  authentication: { by: 'zgw' },
  apis: {
    zaken: '/zaken/api/v1',
    catalogi: '/catalogi/api/v1',
    autorisaties: '/autorisaties/api/v1',
    documenten: '/documenten/api/v1',
    besluiten: '/besluiten/api/v1',
  },
  // Zaken asks for it (412 without), the other APIs do not mind.
  headers: { 'Accept-Crs': 'EPSG:4326' },
  settleSeconds: 0,
  streams: {
    zaken,
    statussen,
    resultaten,
    rollen,
    zaakeigenschappen,
    zaakobjecten,
    zaakinformatieobjecten,
    besluiten,
    besluitinformatieobjecten,
    enkelvoudiginformatieobjecten,
    objectinformatieobjecten,
    gebruiksrechten,
    catalogussen,
    zaaktypen,
    statustypen,
    resultaattypen,
    roltypen,
    eigenschappen,
    informatieobjecttypen,
    besluittypen,
    applicaties,
  },
  notificaties,
  scope,
})
