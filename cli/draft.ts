/** A file that is about to be added to the project here: judged before it is made, so that a command never leaves a broken project. */
import { join } from 'node:path'
import { readFolder } from '../config/folder.js'
import { roleOf } from '../config/layout.js'
import { type Loaded, loadSnapshot } from '../config/load.js'
import { ConfigError, type ConfigProblem } from '../config/problem.js'
import type { Project } from '../config/project.js'
import { type Connectors, findConnectors } from '../connectors/load.js'
import { type ProjectPlan, planProject } from '../worker/planning/plan.js'
import type { CommandContext } from './context.js'
import { UsageError } from './exit.js'
import { makeFile } from './files.js'

export interface Draft {
  /** Path in the project. */
  file: string
  project: Project
  plan: ProjectPlan
  connectors: Connectors
}

/**
 * The project here with one more file.
 *
 * @param file path in the project
 * @throws UsageError with what is wrong with that file, since it is made of what was typed
 * @throws ConfigError with what is wrong with the rest, where the project cannot be read because of it
 */
export async function draftFile(context: CommandContext, file: string, text: string): Promise<Draft> {
  const role = roleOf(file)
  if (!('form' in role)) throw refused(file, [role])
  const { files, problems } = await readFolder(context.projectFolder)
  if (file in files) throw stands(file)
  if (problems.length > 0) throw new ConfigError(problems)
  const { project } = loading(file, { ...files, [file]: text })
  const connectors = await findConnectors({ project: files, cache: `${context.folder}/connectors` })
  const plan = await planProject(project, connectors)
  const own = plan.problems.filter((p) => p.file === file)
  if (own.length > 0) throw refused(file, own)
  return { file, project, plan, connectors }
}

function loading(file: string, files: { [path: string]: string }): Loaded {
  try {
    return loadSnapshot(files)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const own = error.problems.filter((p) => p.file === file)
    throw own.length > 0 ? refused(file, own) : error
  }
}

function refused(file: string, problems: readonly ConfigProblem[]): UsageError {
  return new UsageError([`${file} is not made:`, ...problems.map((p) => `  ${p.message}`)].join('\n'))
}

function stands(file: string): UsageError {
  return new UsageError(`${file} is there already and is not overwritten; change it, or take another name`)
}

/** Makes the file of a draft. */
export async function makeDraft(context: CommandContext, { file }: Draft, text: string): Promise<void> {
  if (!(await makeFile(join(context.projectFolder, file), text))) throw stands(file)
}

/** What is wrong elsewhere in the project. */
export function otherProblems({ file, plan }: Draft): ConfigProblem[] {
  return plan.problems.filter((p) => p.file !== file)
}
