/** The two systems of coordinates that are in use in the Netherlands: told apart, and turned into each other. */
import proj4 from 'proj4'

export type Position = readonly [x: number, y: number]
export type System = 'rd' | 'wgs84'

/**
 * RD as a projection with the seven parameters to WGS84. Within 25 cm of RDNAPTRANS2018 on land, which needs a grid of corrections for the rest: less
 * than the width of the line between two buurten.
 *
 * @see EPSG:28992 (projection) and EPSG:15934 (transformation)
 */
const rd =
  '+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel' +
  ' +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283,-1.87740163998045,4.0725 +units=m +no_defs'
const converter = proj4('EPSG:4326', rd)

/**
 * The system of a position by its values, which have none in common in the Netherlands. Undefined elsewhere, and for swapped axes: nothing is
 * guessed.
 */
export function systemOf([x, y]: Position): System | undefined {
  if (between(-7_000, x, 300_000) && between(289_000, y, 629_000)) return 'rd'
  return between(3.2, x, 7.3) && between(50.7, y, 53.7) ? 'wgs84' : undefined
}

export function toSystem([x, y]: Position, to: System): Position {
  const [a, b] = to === 'rd' ? converter.forward([x, y]) : converter.inverse([x, y])
  return [a!, b!]
}

const between = (low: number, value: number, high: number): boolean => low <= value && value <= high
