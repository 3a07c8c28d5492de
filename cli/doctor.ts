/** `gemaal doctor`: looks at all that a run needs, on this machine and from it, and says what to do about what is not right. Changes nothing. */
import { ConfigError } from '../config/problem.js'
import { findConnectors } from '../connectors/load.js'
import type { Warehouse } from '../sql/database.js'
import type { CommandContext } from './context.js'
import { type Check, Checks, codeOf } from './doctor/check.js'
import { checkKeys } from './doctor/keys.js'
import { checkMachine } from './doctor/machine.js'
import { checkTemporal, checkWarehouse } from './doctor/servers.js'
import { checkSources } from './doctor/sources.js'
import { hasProject } from './project-here.js'

export async function run(context: CommandContext): Promise<number> {
  const { out } = context
  const all: Check[] = []
  const tell = (checks: readonly Check[]) => {
    all.push(...checks)
    if (!out.json) for (const check of checks) out.data(text(check))
  }
  tell(await checkMachine(context))
  const { checks, warehouse } = await checkWarehouse(context)
  tell(checks)
  tell(await checkTemporal(context, warehouse))
  await checkProject(context, warehouse, tell)
  const count = (result: Check['result']) => all.filter((c) => c.result === result).length
  const [problems, warnings] = [count('problem'), count('warning')]
  if (out.json) out.data({ problems, warnings, checks: all })
  out.say(problems + warnings === 0 ? 'All is well.' : `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}.`)
  return codeOf(all)
}

async function checkProject(
  context: CommandContext,
  warehouse: Warehouse | undefined,
  tell: (checks: readonly Check[]) => void,
): Promise<void> {
  const checks = new Checks('project')
  try {
    if (!hasProject(context)) {
      checks.warning('there is none here', 'go to the folder of the project, or make one with `gemaal init`')
      tell(checks.all)
      return
    }
    const folder = context.projectFolder
    // Names of columns as they were given.
    if (warehouse) await context.standingWarehouse()
    const { project, plan } = await context.plan()
    if (plan.problems.length > 0) checks.problem(`${folder} has ${counted(plan.problems.length, 'problem')}`, 'run `gemaal check`')
    else checks.ok(`${folder} is in order`)
    tell(checks.all)
    const connectors = await findConnectors({ project: project.files, cache: `${context.folder}/connectors` })
    tell(await checkKeys(context, plan, warehouse))
    tell(await checkSources({ context, project, plan, connectors, warehouse }))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    checks.problem(`the project has ${counted(error.problems.length, 'problem')}`, 'run `gemaal check`')
    tell(checks.all)
  }
}

function text({ result, area, says, fix }: Check): string {
  return `${result.padEnd(7)}  ${area}: ${says}${fix === undefined ? '' : `\n         → ${fix}`}`
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
