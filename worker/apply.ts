/** Plan and apply: brings the warehouse to the project, in one transaction, and stores the project's files under their digest. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import { ConfigError } from '../config/problem.js'
import type { Project } from '../config/project.js'
import type { Environment } from '../config/values.js'
import { audit } from '../sql/audit.js'
import { type ColumnName, storeColumnNames, storeVersion } from '../sql/config-versions.js'
import type { Warehouse } from '../sql/database.js'
import { applyDatasets, type DatasetChange, planDatasets, vacuumDataset } from '../sql/datasets.js'
import { applyMarts, dropMarts, type MartChange, planMarts } from '../sql/marts.js'
import { applyRoles, planRoles, type RoleChange } from '../sql/roles.js'
import { allowanceOf, approvalOf, fingerprintOfAllowance } from './gate.js'
import type { ProjectPlan } from './planning/plan.js'
import { ruleSqlProblems } from './planning/rule-sql.js'
import { pseudonymises, pseudonymKeyOf, Workspace } from './workspace.js'

export interface WarehouseChanges {
  datasets: DatasetChange[]
  roles: RoleChange[]
  marts: MartChange[]
}

export interface Applied extends WarehouseChanges {
  digest: string
  /** The same project was applied already. */
  same: boolean
  /** Roles that a DBA must make first: nothing else was held back by them. */
  missing: RoleChange[]
  warnings: string[]
}

/**
 * What `applyProject` would do to the warehouse. Changes nothing.
 *
 * @throws ConfigError when Postgres refuses the SQL of a rule
 */
export async function planWarehouse(
  warehouse: Warehouse,
  project: Project,
  plan: ProjectPlan,
  environment: Environment,
): Promise<WarehouseChanges> {
  const { db } = warehouse
  const plans = Workspace.plansOf(plan)
  await refuseRuleSql(warehouse, project, plans)
  return {
    datasets: await planDatasets(db, plans, keyIdsOf(plans, environment)),
    roles: await planRoles(db, plans, project.activities),
    marts: await planMarts(db, [...project.marts.values()]),
  }
}

/**
 * Applies a project that has no problems. Safe to repeat.
 *
 * @param who named in the audit trail
 * @throws ConfigError, ContractBroken, MartBroken with everything that is refused; nothing is changed then
 */
export async function applyProject(
  warehouse: Warehouse,
  project: Project,
  plan: ProjectPlan,
  options: { who: string; environment: Environment; version: string },
): Promise<Applied> {
  const plans = Workspace.plansOf(plan)
  const keyIds = keyIdsOf(plans, options.environment)
  await refuseRuleSql(warehouse, project, plans)
  const applied = await warehouse.db.transaction().execute(async (trx) => {
    const { before } = await storeVersion(trx, {
      digest: project.digest,
      files: project.files,
      productVersion: options.version,
      who: options.who,
    })
    const work = await planDatasets(trx, plans, keyIds)
    // A mart stands in the way of a column that goes; it is made again in the same transaction.
    if (work.length > 0) await dropMarts(trx)
    const datasets = await applyDatasets(trx, plans, project.digest, keyIds)
    const roles = await applyRoles(trx, plans, project.activities)
    const marts = await applyMarts(trx, [...project.marts.values()], plans)
    await storeColumnNames(trx, columnNames(plan))
    const done: Applied = {
      digest: project.digest,
      same: before === project.digest,
      datasets,
      roles: roles.done,
      marts,
      missing: roles.missing,
      warnings: roles.warnings.map((w) => w.words),
    }
    if (!done.same)
      await audit(trx, {
        who: options.who,
        action: 'apply',
        object: project.digest,
        detail: { datasets: datasets.length, marts: marts.length },
      })
    return done
  })
  // Of rows that were changed the old version stays in the file of the table until VACUUM, which goes in no transaction.
  for (const dataset of new Set(applied.datasets.filter((c) => c.purges).map((c) => c.dataset)))
    await vacuumDataset(warehouse.db, dataset).catch(() => applied.warnings.push(`VACUUM of ${dataset} failed; run it once more`))
  return applied
}

async function refuseRuleSql(warehouse: Warehouse, project: Project, plans: readonly DatasetPlan[]): Promise<void> {
  const problems = await ruleSqlProblems(warehouse, project, plans)
  if (problems.length > 0) throw new ConfigError(problems)
}

function columnNames(plan: ProjectPlan): ColumnName[] {
  return [...plan.streams.values()].flatMap(({ plan: { source, stream, fields } }) =>
    fields.map((f) => ({ source, stream, path: f.path.join('.'), column: f.column })),
  )
}

/** Ids of the keys in use, of the domains that pseudonymise and whose key is at hand here. */
function keyIdsOf(plans: readonly DatasetPlan[], environment: Environment): { [domain: string]: string } {
  const ids: { [domain: string]: string } = {}
  for (const plan of plans) {
    if (plan.domain === undefined || !pseudonymises(plan)) continue
    try {
      ids[plan.domain] = pseudonymKeyOf(plan.domain, environment).id
    } catch {
      // Whoever applies need not hold the keys; the workers do, and refuse another one.
    }
  }
  return ids
}

export interface ActivityState {
  activity: string
  personal: boolean
  approval: 'approved' | 'missing' | 'outdated'
  fingerprint: string
  allowance: readonly string[]
}

/** How the activities of a project stand with their approvals. */
export function activityStates(project: Project, plan: ProjectPlan): ActivityState[] {
  const plans = Workspace.plansOf(plan)
  return [...project.activities.values()].map((activity) => {
    const allowance = allowanceOf(activity, plans)
    return {
      activity: activity.name,
      personal: plans.some((p) => p.activity === activity.name && p.personal),
      approval: approvalOf(activity, plans),
      fingerprint: fingerprintOfAllowance(allowance),
      allowance,
    }
  })
}
