/** The project as it is applied, with its plans: what runs go by, whatever stands in a folder here. */
import type { Project } from '../config/project.js'
import { currentDigest } from '../sql/config-versions.js'
import type { Warehouse } from '../sql/database.js'
import type { PlannedStream, ProjectPlan } from '../worker/planning/plan.js'
import { Workspace } from '../worker/workspace.js'
import type { CommandContext } from './context.js'
import { UsageError } from './exit.js'
import { notThere } from './project-here.js'
import { version } from './version.js'

export interface Applied {
  project: Project
  plan: ProjectPlan
}

/**
 * @throws UsageError when nothing is applied
 * @throws NotAllowed when this version of the product cannot read it
 */
export async function appliedProject(context: CommandContext, warehouse: Warehouse): Promise<Applied> {
  const digest = await currentDigest(warehouse.db)
  if (digest === undefined) throw new UsageError('No project was applied yet. Run `gemaal apply` in its folder.')
  return projectsApplied(context, warehouse).load(digest)
}

/** Each project that was ever applied, by its digest. */
export function projectsApplied(context: CommandContext, warehouse: Warehouse): Pick<Workspace, 'load'> {
  return new Workspace({
    warehouse,
    environment: context.environment,
    cache: `${context.folder}/connectors`,
    version,
    log: context.log,
  })
}

/** The streams that feed a dataset, of one source where it is named. @throws UsageError */
export function streamsOfDataset({ project, plan }: Applied, name: string, source?: string): PlannedStream[] {
  const contract = project.datasets.get(name)
  if (!contract) throw notThere('dataset', name, [...project.datasets.keys()])
  const sources = [...new Set(contract.from.map((f) => f.source))]
  if (source !== undefined && !sources.includes(source)) throw notThere(`source of ${name}`, source, sources)
  return contract.from
    .filter((f) => source === undefined || f.source === source)
    .map((f) => plan.streams.get(`${f.source}/${f.stream}`))
    .filter((s) => s !== undefined)
}
