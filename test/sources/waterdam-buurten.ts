/** The buurten of Waterdam as areas: made up, side by side, over all places where the made-up zaken are. Codes and names are those of the figures. */

/** A corner in both systems: longitude and latitude in degrees (WGS84), x and y in metres (RD). */
type Corner = readonly [longitude: number, latitude: number, x: number, y: number]
type Ring = readonly Corner[]

export interface Buurt {
  buurtcode: string
  buurtnaam: string
  wijkcode: string
  gemeentecode: string
  gemeentenaam: string
  aantalInwoners: number
  /** Each with its outer ring first, then its holes. */
  polygons: readonly (readonly Ring[])[]
}

const sw: Corner = [4.99, 52.27, 127887.74, 475850.11]
const s1: Corner = [5.02, 52.27, 129935.46, 475839.32]
const s2: Corner = [5.06, 52.27, 132665.76, 475826.25]
const se: Corner = [5.09, 52.27, 134713.48, 475817.44]
const m0: Corner = [5.06, 52.285, 132673.29, 477495.18]
const m1: Corner = [5.09, 52.285, 134720.32, 477486.37]
const w1: Corner = [4.99, 52.3, 127906.02, 479187.96]
const c1: Corner = [5.02, 52.3, 129952.36, 479177.18]
const c2: Corner = [5.05, 52.3, 131998.7, 479167.24]
const c3: Corner = [5.06, 52.3, 132680.82, 479164.11]
const nw: Corner = [4.99, 52.33, 127924.3, 482525.84]
const n1: Corner = [5.05, 52.33, 132014.22, 482505.12]
const ne: Corner = [5.09, 52.33, 134740.84, 482493.19]
const dijkSw: Corner = [5.01, 52.31, 129276.03, 480293.3]
const dijkSe: Corner = [5.02, 52.31, 129957.99, 480289.8]
const dijkNe: Corner = [5.02, 52.32, 129963.63, 481402.43]
const dijkNw: Corner = [5.01, 52.32, 129281.82, 481405.93]
const farSe: Corner = [5.15, 52.27, 138808.95, 475802.35]
const farNe: Corner = [5.15, 52.33, 138830.78, 482478.12]

const dijkzicht: Ring = [dijkSw, dijkSe, dijkNe, dijkNw, dijkSw]
const waterdam = { gemeentecode: 'GM0363', gemeentenaam: 'Waterdam' }
const centrum = { ...waterdam, wijkcode: 'WK036300' }
const polder = { ...waterdam, wijkcode: 'WK036301' }

export const buurten: readonly Buurt[] = [
  { buurtcode: 'BU03630000', buurtnaam: 'Oude Haven', ...centrum, aantalInwoners: 2140, polygons: [[[sw, s1, c1, w1, sw]]] },
  { buurtcode: 'BU03630001', buurtnaam: 'Binnenstad', ...centrum, aantalInwoners: 3875, polygons: [[[s1, s2, m0, c3, c1, s1]]] },
  // Two areas, and a buurt of its own in the first.
  {
    buurtcode: 'BU03630100',
    buurtnaam: 'De Polder',
    ...polder,
    aantalInwoners: 5210,
    polygons: [[[w1, c1, c2, n1, nw, w1], [...dijkzicht].reverse()], [[s2, se, m1, m0, s2]]],
  },
  {
    buurtcode: 'BU03630101',
    buurtnaam: 'Bedrijventerrein Noord',
    ...polder,
    aantalInwoners: 0,
    polygons: [[[c2, c3, m0, m1, ne, n1, c2]]],
  },
  { buurtcode: 'BU03630102', buurtnaam: 'Dijkzicht', ...polder, aantalInwoners: 65, polygons: [[dijkzicht]] },
  {
    buurtcode: 'BU05990101',
    buurtnaam: 'Dorp',
    wijkcode: 'WK059901',
    gemeentecode: 'GM0599',
    gemeentenaam: 'Overdijk',
    aantalInwoners: 41_000,
    polygons: [[[se, farSe, farNe, ne, m1, se]]],
  },
]

/** The area of a buurt as GeoJSON: a Polygon where it is one, else a MultiPolygon. */
export function areaOf({ polygons }: Buurt, crs: 'rd' | 'wgs84'): { type: string; coordinates: unknown } {
  const positions = polygons.map((rings) => rings.map((ring) => ring.map(([lon, lat, x, y]) => (crs === 'rd' ? [x, y] : [lon, lat]))))
  return polygons.length === 1 ? { type: 'Polygon', coordinates: positions[0] } : { type: 'MultiPolygon', coordinates: positions }
}
