/** In which system coordinates are asked for, and whether they came so: there are services that take `crs` and do not act on it. */
import { type HttpAnswer, type HttpClient, UnexpectedResponse } from '../connector.js'
import { firstPosition } from './geometry.js'

export const systems = ['rd', 'wgs84'] as const
export type System = (typeof systems)[number]

/** @see OGC API Features part 2 (18-058r1) §6.2: what is not asked for comes in CRS84 */
export const uriOf: { readonly [system in System]: string } = {
  rd: 'http://www.opengis.net/def/crs/EPSG/0/28992',
  wgs84: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
}

/** For the description of a column. */
export const wordsOf: { readonly [system in System]: string } = {
  rd: 'RD, EPSG:28992: x en y in meters',
  wgs84: 'WGS84: lengtegraad en breedtegraad in graden',
}

/** The parameter that asks for a system. The default is not asked for: a service without part 2 refuses the parameter. */
export const crsParam = (system: System): { crs?: string } => (system === 'wgs84' ? {} : { crs: uriOf[system] })

/** A client that refuses features in another system than was asked for. */
export function refusingOtherCrs(http: HttpClient, system: System): HttpClient {
  return {
    request: async (request) => {
      const answer = await http.request(request)
      if (answer.status < 300) refuseOtherCrs(answer, system)
      return answer
    },
    records: (request, at, answered) => http.records(request, at, answered),
    resolve: (link, from) => http.resolve(link, from),
  }
}

function refuseOtherCrs({ headers, body, where }: HttpAnswer, system: System): void {
  const mend = 'Set another crs for this stream, or report it to the supplier of the source.'
  const said = headers['content-crs']?.trim().replace(/^<|>$/g, '')
  // A CRS of three dimensions is the same with heights.
  const same = said === uriOf[system] || (system === 'wgs84' && said === 'http://www.opengis.net/def/crs/OGC/0/CRS84h')
  if (said !== undefined && !same)
    throw new UnexpectedResponse(`${where}: the coordinates are in another system than ${system}, by Content-Crs. ${mend}`)
  const features = (body as { features?: unknown } | undefined)?.features
  const positions = (Array.isArray(features) ? features : [body]).flatMap((feature) => {
    const position = firstPosition((feature as { geometry?: unknown } | undefined)?.geometry)
    return position ? [position] : []
  })
  // One feature can be wrong by itself, which is for a rule to say; a page full of them is not.
  if (positions.length === 0) return
  const all = (holds: (x: number, y: number) => boolean): boolean => positions.every(([x, y]) => holds(x, y))
  const what = all(isSwapped[system])
    ? 'the axes are swapped'
    : all((x, y) => isDegrees(x, y) !== (system === 'wgs84'))
      ? system === 'rd'
        ? 'degrees came where metres were asked for'
        : 'metres came where degrees were asked for'
      : undefined
  if (what) throw new UnexpectedResponse(`${where}: ${what}, whatever the answer says of its system. ${mend}`)
}

const isDegrees = (x: number, y: number): boolean => Math.abs(x) <= 180 && Math.abs(y) <= 90

/** In the Netherlands x and y can be told apart in both systems: they have no value in common. */
const isSwapped: { readonly [system in System]: (x: number, y: number) => boolean } = {
  rd: (x, y) => between(289_000, x, 629_000) && between(-7_000, y, 288_000),
  wgs84: (x, y) => between(50.7, x, 53.7) && between(3.2, y, 7.3),
}

const between = (low: number, value: number, high: number): boolean => low <= value && value <= high
