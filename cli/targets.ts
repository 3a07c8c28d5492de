/** What `run` can be pointed at, in the project as it is applied. */

import { loadSnapshot } from '../config/load.js'
import { nearestWord } from '../config/problem.js'
import { appliedFiles } from '../sql/config-versions.js'
import type { Warehouse } from '../sql/database.js'
import { UsageError } from './exit.js'

export interface LoadedTarget {
  source: string
  sync: string
  streams?: string[]
}

/**
 * `open-zaak` → its first sync; `open-zaak/weekly`; `zaken.rollen` → the streams that it takes from, one target a source.
 *
 * @throws UsageError when nothing of that name is applied
 */
export async function targetOf(warehouse: Warehouse, name: string): Promise<LoadedTarget[]> {
  const files = await appliedFiles(warehouse.db)
  if (!files) throw new UsageError('No project was applied yet. Run `gemaal apply` in its folder.')
  const { project } = loadSnapshot(files)
  const [sourceName = '', syncName] = name.split('/')
  const source = project.sources.get(sourceName)
  if (source) {
    const syncs = Object.keys(source.syncs)
    const sync = syncName ?? syncs[0]!
    if (syncs.includes(sync)) return [{ source: sourceName, sync }]
    throw new UsageError(`source '${sourceName}' has no sync '${sync}'; it has ${syncs.join(', ')}`)
  }
  const dataset = project.datasets.get(name)
  if (dataset) {
    const sources = [...new Set(dataset.from.map((f) => f.source))]
    return sources.map((s) => ({
      source: s,
      sync: `dataset ${name}`,
      streams: dataset.from.filter((f) => f.source === s).map((f) => f.stream),
    }))
  }
  const names = [...project.sources.keys(), ...project.datasets.keys()]
  const nearest = nearestWord(name, names)
  throw new UsageError(
    `There is no source or dataset '${name}' in the applied project; there is ${names.join(', ')}.${nearest ? ` Did you mean '${nearest}'?` : ''}`,
  )
}
