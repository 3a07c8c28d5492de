/** Names of columns, from the names of fields: a contract's conditions are on columns, and reach a connector so. */
import type { ValueType } from '../config/dataset-plan.js'

/**
 * `betrokkeneIdentificatie.inpBsn` → `betrokkene_identificatie_inp_bsn`; a link to another record → `<field>_uuid`. Two fields can come to
 * one name: the plan refuses that.
 */
export function columnOf(path: readonly string[], value: ValueType): string {
  const name = path.map(snake).join('_')
  return value === 'reference' ? `${name}_uuid` : name
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
