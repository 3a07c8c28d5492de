/** The pseudonym keys: here or not, and the same as those in use. */
import { findPseudonymKey, shouted } from '../../config/values.js'
import type { Warehouse } from '../../sql/database.js'
import { knownPseudonymKeys } from '../../sql/pseudonym-keys.js'
import type { ProjectPlan } from '../../worker/planning/plan.js'
import { fingerprintOf, readPseudonymKey } from '../../worker/pseudonyms.js'
import type { CommandContext } from '../context.js'
import { domainsOf } from '../keys.js'
import { type Check, Checks } from './check.js'

export async function checkKeys({ environment }: CommandContext, plan: ProjectPlan, warehouse: Warehouse | undefined): Promise<Check[]> {
  const checks = new Checks('keys')
  const known = warehouse ? await knownPseudonymKeys(warehouse.db) : []
  for (const { domain } of domainsOf(plan)) {
    const current = known.find((k) => k.domain === domain && k.current)
    const found = findPseudonymKey(domain, environment)
    if (found.value === undefined) {
      checks.problem(
        `the key of domain '${domain}' is not here; looked at ${found.looked.join('; ')}`,
        current
          ? `set GEMAAL_KEY_${shouted(domain)} to the key that is in use (${current.id})`
          : `make one with \`gemaal keys new ${domain}\``,
      )
      continue
    }
    const key = readPseudonymKey(domain, found.value.reveal())
    if (!key) checks.problem(`${found.from} does not hold a pseudonym key`, `set it to the key of domain '${domain}'`)
    else if (current && (current.id !== key.id || current.fingerprint !== fingerprintOf(key)))
      checks.problem(
        `the key of domain '${domain}' (${key.id}, ${found.from}) is not the one in use (${current.id}): a worker here refuses`,
        `set it to the key in use, or start a new generation with \`gemaal keys replace ${domain}\``,
      )
    else
      checks.ok(
        `key ${key.id} of domain '${domain}': found in ${found.from}${current ? ', the one in use' : warehouse ? ', not used yet' : ''}`,
      )
  }
  return checks.all
}
