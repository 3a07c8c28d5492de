/** The dataset of boundaries that treatment `buurt` works by: whether it can be used so. */
import type { DatasetPlan, UsedBoundaries } from '../../config/dataset-plan.js'
import type { StreamField } from './fields.js'

/**
 * Takes the code and the area from the columns of a dataset: its key, and the one geometry that it lands.
 *
 * @param fields those of its stream
 * @returns why it cannot be used, where it cannot
 */
export function boundariesIn(plan: DatasetPlan, fields: readonly StreamField[]): UsedBoundaries | { why: string } {
  const [key, ...others] = plan.columns.filter((column) => column.key)
  if (!key || others.length > 0 || plan.sourceInKey || key.type !== 'text' || key.treatment !== 'keep')
    return { why: 'its key is not the code of a buurt alone' }
  const geometries = plan.columns.filter(({ field, treatment }) => fields[field]!.value === 'geometry' && treatment === 'keep')
  const [geometry] = geometries
  if (!geometry || geometries.length > 1) return { why: `it lands ${geometries.length === 0 ? 'no geometry' : 'more than one geometry'}` }
  return { dataset: plan.name, schema: plan.schema, table: plan.table, code: key.name, geometry: geometry.name }
}
