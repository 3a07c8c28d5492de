/** Asks the warehouse about the SQL of the project's own rules, so that a typing error is a problem with its line and not a finding at night. */
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { type ConfigProblem, problem } from '../../config/problem.js'
import type { Project } from '../../config/project.js'
import type { Warehouse } from '../../sql/database.js'
import { ruleProblems, type SqlRule } from '../../sql/rule-problems.js'

/** What is wrong with the SQL of rules that stand in files of the project; those of shipped packs are tested by their examples. */
export async function ruleSqlProblems(warehouse: Warehouse, project: Project, plans: readonly DatasetPlan[]): Promise<ConfigProblem[]> {
  const rules = plans.flatMap((dataset) => sqlRulesOf(dataset, plans)).filter(({ rule, plan }) => placeOf(project, rule, plan.name))
  const found = await ruleProblems(warehouse, rules)
  return found.map(({ rule, dataset, line, message }) => {
    const { file, path } = placeOf(project, rule, dataset)!
    const place = project.at(file, path)
    return problem({ ...place, line: place.line + lineBelow(project.files[file] ?? '', place, line) }, `${rule} of ${dataset}: ${message}`)
  })
}

function sqlRulesOf(plan: DatasetPlan, plans: readonly DatasetPlan[]): SqlRule[] {
  return [...plan.setRules, ...plan.referenceRules].flatMap((rule) => {
    if (rule.check.name !== 'sql') return []
    const looks: { [braces: string]: SqlRule['looks'][string] } = { rows: { plan, columns: rule.columns } }
    if (rule.level === 'reference')
      for (const [stream, used] of Object.entries(rule.uses)) {
        const other = plans.find((p) => p.name === used.dataset)
        if (other) looks[stream] = { plan: other, columns: used.columns }
      }
    return [{ rule: rule.id, sql: String(rule.check.parameters.sql), plan, looks }]
  })
}

/** Where a rule is written, when that is a file of the project. */
function placeOf(project: Project, id: string, dataset: string): { file: string; path: (string | number)[] } | undefined {
  const [pack, name] = id.split('.') as [string, string]
  if (pack === 'own') return { file: project.datasets.get(dataset)!.file, path: ['rules', 'own', name, 'check', 'sql'] }
  const file = project.packs.get(pack)?.file
  return file !== undefined && file in project.files ? { file, path: [name, 'check', 'sql'] } : undefined
}

/** How far below its key a line of the text stands: a block of text (`|`) begins on the next line. */
function lineBelow(text: string, place: { line: number; column: number }, line: number): number {
  const at = text.split('\n')[place.line - 1]?.slice(place.column - 1) ?? ''
  return line > 0 && at.startsWith('|') ? line : 0
}
