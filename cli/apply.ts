/** `gemaal apply`: brings warehouse and schedules to the project. */
import { rolesSql } from '../sql/roles.js'
import { applyAbonnementen } from '../worker/abonnementen.js'
import { applyProject, planWarehouse } from '../worker/apply.js'
import { applySchedules, schedulesOf } from '../worker/schedules.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { sourceOptions } from './reading.js'
import { whoAsks } from './runs.js'
import { version } from './version.js'

export async function run(context: CommandContext, _args: string[], options: { sql?: boolean }): Promise<number> {
  const { out } = context
  const warehouse = await context.warehouse()
  const { project, plan } = await context.soundPlan()
  if (options.sql) {
    const { roles } = await planWarehouse(warehouse, project, plan, context.environment)
    out.data(rolesSql(roles) || '-- nothing for a DBA to do')
    return exit.good
  }
  const applied = await applyProject(warehouse, project, plan, { who: whoAsks(), environment: context.environment, version })
  const { client } = await context.temporal()
  const schedules = await applySchedules(client, schedulesOf(project, plan, context.settings.taskQueue))
  const told = await applyAbonnementen(warehouse.db, project, plan, sourceOptions(context))
  if (out.json) out.data({ ...applied, schedules, abonnementen: told.changes, problems: told.problems })
  else {
    for (const change of applied.datasets) out.data(`dataset  ${change.dataset}: ${change.words}`)
    for (const change of [...applied.roles, ...applied.marts, ...schedules, ...told.changes]) out.data(change.words)
    for (const warning of applied.warnings) out.say(`warning: ${warning}`)
    for (const role of applied.missing) out.say(`a DBA must do this (\`gemaal apply --sql\` prints it): ${role.words}`)
    for (const problem of told.problems) out.say(problem)
    const n = applied.datasets.length + applied.roles.length + applied.marts.length + schedules.length + told.changes.length
    out.say(n === 0 ? 'Nothing had to change.' : `Applied ${n} changes; configuration ${applied.digest.slice(0, 12)}.`)
  }
  if (told.problems.length > 0) return exit.source
  return applied.missing.length > 0 ? exit.configuration : exit.good
}
