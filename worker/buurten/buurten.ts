/** The boundaries that a project names, loaded from the warehouse once a worker and version of their dataset. */
import type { UsedBoundaries } from '../../config/dataset-plan.js'
import { boundariesVersion, readBoundaries } from '../../sql/boundaries.js'
import type { Database } from '../../sql/database.js'
import { NotAllowed } from '../errors.js'
import type { BuurtOf } from '../pipeline/shield.js'
import type { Value } from '../pipeline/values.js'
import { type Area, Boundaries } from './boundaries.js'
import { placeOf } from './place.js'
import { type Position, type System, systemOf, toSystem } from './systems.js'

export class Buurten {
  readonly #db: Database
  #loaded: { version: string; buurtOf: Promise<BuurtOf> } | undefined

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * What gives the code of the buurt that a geometry lies in, by the boundaries as they were published last. Asked at each step: a version that is in
   * memory is not read again.
   *
   * @param dataset the one that lands a buurt, for messages
   * @throws NotAllowed while no boundaries were published
   */
  async of(used: UsedBoundaries, dataset: string): Promise<BuurtOf> {
    const published = await boundariesVersion(this.#db, used)
    if (published === undefined)
      throw new NotAllowed(
        `${dataset} lands the buurt of a place, and ${used.dataset}, which holds the boundaries, was not read in full yet; run \`gemaal run ${used.dataset} --full\`, then this one again`,
      )
    const version = `${used.dataset} ${published}`
    if (this.#loaded?.version !== version) {
      const buurtOf = this.#load(used)
      this.#loaded = { version, buurtOf }
      buurtOf.catch(() => {
        if (this.#loaded?.buurtOf === buurtOf) this.#loaded = undefined
      })
    }
    return this.#loaded.buurtOf
  }

  async #load(used: UsedBoundaries): Promise<BuurtOf> {
    const areas: Area[] = []
    const systems = new Set<System | undefined>()
    await readBoundaries(this.#db, used, (code, geometry) => {
      const { type, coordinates } = JSON.parse(geometry) as { type: string; coordinates: unknown }
      if (type !== 'Polygon' && type !== 'MultiPolygon') return
      const polygons = (type === 'Polygon' ? [coordinates] : coordinates) as number[][][][]
      systems.add(systemOf(polygons[0]![0]![0] as unknown as Position))
      areas.push({ code, polygons: polygons.map((rings) => rings.map(flat)) })
    })
    const [system, ...others] = systems
    if (system === undefined || others.length > 0)
      throw new NotAllowed(
        `${used.dataset} holds ${areas.length === 0 ? 'no area' : 'areas that are not all in RD or all in WGS84'}; expected the boundaries of the buurten, which gemaal.yaml names under 'buurten'`,
      )
    return prepareBuurtOf(new Boundaries(areas), system)
  }
}

/** A ring as x, y, x, y, …; heights are left out. */
const flat = (ring: readonly number[][]): Float64Array => Float64Array.from(ring.flatMap(([x, y]) => [x!, y!]))

/** @param system that of the boundaries; a place in the other one is converted */
export function prepareBuurtOf(boundaries: Boundaries, system: System): BuurtOf {
  const codeOf = (value: Value): string | null => {
    const place = placeOf(value)
    const its = place && systemOf(place)
    return its === undefined ? null : boundaries.codeAt(its === system ? place! : toSystem(place!, system))
  }
  // The check asks for a value, and the shield for the same one right after.
  let last: { value: Value; code: string | null } | undefined
  return (value) => {
    if (last?.value !== value) last = { value, code: codeOf(value) }
    return last.code
  }
}
