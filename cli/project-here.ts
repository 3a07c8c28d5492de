/** The project that a reading verb tells of: the one here; without a folder, the one that is applied. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import { loadSnapshot } from '../config/load.js'
import { nearestWord, oneOf } from '../config/problem.js'
import type { Project } from '../config/project.js'
import { findConnectors } from '../connectors/load.js'
import type { Warehouse } from '../sql/database.js'
import { type ProjectPlan, planProject } from '../worker/planning/plan.js'
import type { CommandContext } from './context.js'
import { UsageError } from './exit.js'

export interface ProjectHere {
  project: Project
  plan: ProjectPlan
  /** The warehouse where there is one that stands. */
  warehouse: Warehouse | undefined
}

/**
 * Analysts have the warehouse and no folder; engineers have the folder, and perhaps no warehouse.
 *
 * @throws ConfigError where there is neither a folder nor an applied project
 */
export async function projectHere(context: CommandContext): Promise<ProjectHere> {
  return (await projectIfAny(context)) ?? { ...(await context.plan()), warehouse: undefined }
}

/** The same, for verbs that are of use without a project too. */
export async function projectIfAny(context: CommandContext): Promise<ProjectHere | undefined> {
  const warehouse = await context.standingWarehouse()
  if (hasProject(context)) return { ...(await context.plan()), warehouse }
  if (!warehouse) return undefined
  const { appliedFiles, storedColumnNames } = await import('../sql/config-versions.js')
  const files = await appliedFiles(warehouse.db)
  if (!files) return undefined
  const { project } = loadSnapshot(files)
  const connectors = await findConnectors({ project: files, cache: `${context.folder}/connectors` })
  return { project, plan: await planProject(project, connectors, await storedColumnNames(warehouse.db)), warehouse }
}

/**
 * Whether there is a folder of a project.
 *
 * @throws ConfigError where one was named and is none
 */
export function hasProject(context: CommandContext): boolean {
  try {
    return context.projectFolder !== ''
  } catch (error) {
    if (context.options.project !== undefined || context.settings.project !== undefined) throw error
    return false
  }
}

/** A dataset with all streams that feed it. */
export interface PlannedDataset {
  plan: DatasetPlan
  /** `<source>/<stream>`, as the contract lists them. */
  from: string[]
}

/** The datasets of a project by name, in order of name. */
export function datasetsOf(plan: ProjectPlan): PlannedDataset[] {
  const datasets = new Map<string, PlannedDataset>()
  for (const one of [...plan.streams.values()].flatMap((s) => s.plan.datasets)) {
    const known = datasets.get(one.name)
    if (known) known.from.push(`${one.source}/${one.stream}`)
    else datasets.set(one.name, { plan: one, from: [`${one.source}/${one.stream}`] })
  }
  return [...datasets.values()].sort((a, b) => (a.plan.name < b.plan.name ? -1 : 1))
}

/** @throws UsageError when the project has no dataset of this name */
export function datasetNamed(plan: ProjectPlan, name: string): PlannedDataset {
  const datasets = datasetsOf(plan)
  const found = datasets.find((d) => d.plan.name === name)
  if (found) return found
  const names = datasets.map((d) => d.plan.name)
  throw notThere('dataset', name, names)
}

/** Refuses a name that is not there, with the nearest one that is. */
export function notThere(what: string, name: string, names: readonly string[]): UsageError {
  const nearest = nearestWord(name, names)
  return new UsageError(
    `there is no ${what} '${name}'; expected ${oneOf(names)}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
  )
}
