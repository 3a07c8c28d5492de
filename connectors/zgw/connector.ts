import { connector } from '../connector.js'
import catalogussen from './catalogussen.js'
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

/** Zaken and catalogi of a ZGW server: Open Zaak, and others that keep to the standard (Zaken API 1.5, Catalogi API 1.3). */
export default connector({
  docs: 'https://vng-realisatie.github.io/gemma-zaken/standaard/',
  authentication: { by: 'zgw' },
  apis: { zaken: '/zaken/api/v1', catalogi: '/catalogi/api/v1', autorisaties: '/autorisaties/api/v1' },
  // Zaken asks for it (412 without), the other APIs do not mind.
  headers: { 'Accept-Crs': 'EPSG:4326' },
  streams: {
    zaken,
    statussen,
    resultaten,
    rollen,
    zaakeigenschappen,
    zaakobjecten,
    zaakinformatieobjecten,
    catalogussen,
    zaaktypen,
    statustypen,
    resultaattypen,
    roltypen,
    eigenschappen,
  },
  scope,
})
