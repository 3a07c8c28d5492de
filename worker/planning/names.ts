/** Names of columns, from the names of fields. */
import type { ValueType } from '../../config/dataset-plan.js'

/** Postgres cuts a longer name off without a word. */
export const longestColumn = 63

/**
 * `betrokkeneIdentificatie.inpBsn` → `betrokkene_identificatie_inp_bsn`; a link to another record → `<field>_uuid`. Two fields can come to
 * one name: the plan refuses that.
 */
export function columnOf(path: readonly string[], value: ValueType): string {
  const name = path.map(snake).join('_')
  return value === 'reference' ? `${name}_uuid` : name
}

/** Why no column can have this name, in words; undefined when one can. */
export function unfit(column: string): string | undefined {
  if (Buffer.byteLength(column) > longestColumn) return `which is longer than ${longestColumn} bytes`
  if (column.startsWith('_')) return "and names that begin with _ are the platform's own"
  return undefined
}

function snake(name: string): string {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replace(/[^\p{L}\d]+/gu, '_')
    .replace(/^(?=\d)/, '_')
    .replace(/(?<=.)_+$/, '')
    .toLowerCase()
}
