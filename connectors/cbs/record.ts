import { z } from 'zod'
import { field } from '../connector.js'

const text = (description: string) => field(z.string().nullable(), 'none', description)
const date = (description: string) => field(z.iso.date().nullable(), 'none', description)

/**
 * One figure of a table: what was measured, where, when, of whom, and why it is absent where it is. The same for every table and either
 * version of the service, so that it is known without asking.
 */
export const figure = z.object({
  sleutel: field(
    z.string(),
    'none',
    'Tabel, onderwerp en de code van elke dimensie in de volgorde van de tabel, met een schuine streep ertussen',
  ),
  tabel: field(z.string(), 'none', 'Nummer van de tabel in StatLine'),
  onderwerp: field(
    z.string(),
    'none',
    'Code van wat is gemeten. In v3 de naam van de kolom zonder volgnummer, met zijn groep ervoor waar de tabel de naam vaker heeft; in v4 de code van het CBS',
  ),
  onderwerpTitel: text('Wat is gemeten, zoals de tabel het noemt'),
  onderwerpGroep: text('Koppen waaronder het onderwerp in de tabel staat, van buiten naar binnen'),
  eenheid: text('Eenheid van de waarde, zoals de tabel haar schrijft'),
  regiocode: text('Code van de regio zonder de spaties waarmee StatLine haar opvult; leeg waar de tabel geen regio kent'),
  regioNaam: text('Naam van de regio in deze tabel'),
  regioSoort: text('Soort van de regio: land, landsdeel, provincie, COROP-gebied, gemeente, wijk of buurt; leeg voor andere'),
  gemeentecode: text('Gemeente waarin de regio ligt: GM en vier cijfers'),
  wijkcode: text('Wijk waarin de regio ligt: WK en zes cijfers; leeg voor wat groter is'),
  buurtcode: text('Buurt: BU en acht cijfers; leeg voor wat groter is'),
  periode: text('Code van de periode; van een tabel over één jaar zonder perioden de code van dat jaar'),
  periodeTitel: text('Periode zoals de tabel haar schrijft'),
  periodeSoort: text('Soort van de periode: jaar, halfjaar, kwartaal of maand; leeg voor andere'),
  periodeVan: date('Eerste dag van de periode, waar de code die zegt'),
  periodeTot: date('Eerste dag na de periode, waar de code die zegt en de periode voorbij is'),
  periodeStatus: text('Of de cijfers van de periode vaststaan, waar de tabel het zegt: Definitief, NaderVoorlopig of Voorlopig'),
  uitsplitsing: text('Codes van de andere dimensies, als Geslacht=3000; Leeftijd=10000; leeg waar er geen is'),
  uitsplitsingTitel: text('Titels van de andere dimensies, in dezelfde volgorde'),
  waarde: field(z.string().nullable(), 'none', 'Het cijfer', { format: 'decimal' }),
  waardeTekst: text('De waarde van een onderwerp dat tekst heeft in plaats van een cijfer'),
  waardeReden: text(
    'Waarom er geen waarde is, of wat er anders aan is, in het woord van het CBS (Confidential, Impossible, Missing). onbekend: het CBS zegt niet waarom zij ontbreekt, zoals in v3 altijd',
  ),
})

export type Figure = z.infer<typeof figure>
