/** `gemaal check`: the project, offline. */
import { ConfigError, type ConfigProblem, problemText } from '../config/problem.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'

export async function run(context: CommandContext): Promise<number> {
  const { out } = context
  let problems: readonly ConfigProblem[]
  let warnings: readonly ConfigProblem[] = []
  let found = ''
  try {
    const planned = await context.plan()
    problems = planned.plan.problems
    warnings = [...planned.warnings, ...planned.plan.warnings]
    const datasets = new Set([...planned.plan.streams.values()].flatMap((s) => s.plan.datasets.map((d) => d.name)))
    const { sources, marts, activities } = planned.project
    found = [
      counted(sources.size, 'source'),
      counted(planned.plan.streams.size, 'stream'),
      counted(datasets.size, 'dataset'),
      counted(marts.size, 'mart'),
      counted(activities.size, 'activity', 'activities'),
    ].join(', ')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    problems = error.problems
  }
  if (out.json) out.data({ problems, warnings })
  else {
    context.warn(warnings)
    for (const p of problems) out.say(problemText(p))
    out.say(
      problems.length > 0 ? `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}` : `The project is in order: ${found}.`,
    )
  }
  return problems.length > 0 ? exit.configuration : exit.good
}

function counted(n: number, noun: string, nouns = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : nouns}`
}
