import type { HttpClient } from '../connector.js'
import { type List, peek } from './list.js'

/**
 * Whether a list can be filtered on addresses as its records have them: on this one, of which it has a record, it must give some. A gateway that
 * rewrites the addresses in answers, and not those that it is asked for, makes every such filter give nothing, without an error.
 *
 * @param address that stands in a record of the list, in the field that `param` filters on
 */
export async function filtersOnAddress(http: HttpClient, list: List, param: string, address: string): Promise<boolean> {
  const { count, first } = await peek(http, { ...list, params: { ...list.params, [param]: address } })
  return count > 0 && first !== undefined
}
