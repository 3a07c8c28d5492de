/** `gemaal plan`: what apply would do to warehouse and schedules, and how the activities stand. Changes nothing but the control schema. */
import { planAbonnementen } from '../worker/abonnementen.js'
import { activityStates, planWarehouse } from '../worker/apply.js'
import { planSchedules, schedulesOf } from '../worker/schedules.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { sourceOptions } from './reading.js'

export async function run(context: CommandContext): Promise<number> {
  const { out } = context
  const warehouse = await context.warehouse()
  const { project, plan } = await context.soundPlan()
  const changes = await planWarehouse(warehouse, project, plan, context.environment)
  const { client } = await context.temporal()
  const schedules = await planSchedules(client, schedulesOf(project, plan, context.settings.taskQueue))
  const abonnementen = await planAbonnementen(warehouse.db, project, plan, sourceOptions(context))
  const activities = activityStates(project, plan).filter((a) => a.personal && a.approval !== 'approved')
  const refused = changes.datasets.filter((c) => c.refused)
  if (out.json) {
    out.data({ digest: project.digest, ...changes, schedules, abonnementen, activities })
    return refused.length > 0 ? exit.contract : exit.good
  }
  const lines = [
    ...changes.datasets.map((c) => `${c.refused ? 'refused' : 'dataset'}  ${c.dataset}: ${c.words}`),
    ...changes.roles.map((c) => `role     ${c.words}${c.byDba ? ' (a DBA must do this: gemaal apply --sql)' : ''}`),
    ...changes.marts.map((c) => `mart     ${c.words}`),
    ...schedules.map((c) => `schedule ${c.words}`),
    ...abonnementen.map((c) => `told     ${c.words}`),
  ]
  for (const [key, stream] of plan.streams) {
    for (const condition of stream.pushed) lines.push(`reads    ${key}: the source itself selects by ${condition.column}`)
  }
  for (const line of lines) out.data(line)
  for (const a of activities) {
    out.say(
      a.approval === 'missing'
        ? `activity ${a.activity} has no approval: the FG gives it with \`gemaal privacy approve ${a.activity}\``
        : `activity ${a.activity} lets more or other data land than was approved: see \`gemaal privacy show ${a.activity}\``,
    )
  }
  out.say(
    lines.length === 0
      ? 'Nothing to do: warehouse and schedules are as the project says.'
      : `${lines.length} things to do. \`gemaal apply\` does them.`,
  )
  return refused.length > 0 ? exit.contract : exit.good
}
