/** Loads a project: its files, each by its form, and what they say of each other. */
import { type Contract, contractOf } from './dataset.js'
import { digestOf } from './digest.js'
import { normalText, readFolder } from './folder.js'
import { isBeside, overlayFile } from './layout.js'
import { shippedPacks } from './packs.js'
import { ConfigError, type ConfigProblem, compareText, sortProblems } from './problem.js'
import type { Project, ProjectFiles } from './project.js'
import { ProjectReading } from './reading.js'
import { checkReferences, freshOf } from './references.js'

export interface Loaded {
  project: Project
  /** What is right and yet not wise, by file and line. */
  warnings: readonly ConfigProblem[]
}

/**
 * Loads the project in a folder, strictly. The same files give the same project as `loadSnapshot` of `project.files`.
 *
 * @param options `env: 'test'` lays `gemaal.test.yaml` over `gemaal.yaml`; without it that file is checked and is no part of the project
 * @throws ConfigError with all that is wrong, by file and line
 */
export async function loadProject(folder: string, options: { env?: 'test' | undefined } = {}): Promise<Loaded> {
  const { files, problems } = await readFolder(folder)
  return assemble(files, { folder, problems, test: options.env === 'test' })
}

/**
 * Loads a project from the text of its files, as `apply` stored them: `gemaal.test.yaml` is among them when it was laid over.
 *
 * @throws ConfigError with all that is wrong, by file and line
 */
export function loadSnapshot(files: ProjectFiles): Loaded {
  const counting = Object.entries(files).filter(([path]) => !isBeside(path))
  const texts = Object.fromEntries(counting.map(([path, text]) => [path, normalText(text)]))
  return assemble(texts, { folder: undefined, problems: [], test: overlayFile in files })
}

interface Origin {
  folder: string | undefined
  problems: ConfigProblem[]
  test: boolean
}

function assemble(files: ProjectFiles, { folder, problems: found, test }: Origin): Loaded {
  const reading = new ProjectReading()
  reading.problems.push(...found)
  for (const path of Object.keys(files).sort(compareText)) reading.read(path, files[path]!)
  const gemaal = reading.finishGemaal(test)
  const { activities, sources, marts } = reading
  const packs = new Map([...shippedPacks(), ...reading.packs])
  const datasets = new Map<string, Contract>()
  for (const { role, file, written, keys } of reading.contracts) {
    const fresh = freshOf(written.from, sources)
    const contract = contractOf({ schema: role.schema, table: role.table, file }, written, keys, {
      owner: gemaal?.contact.data ?? '',
      fresh,
    })
    datasets.set(contract.name, contract)
  }
  const references = checkReferences({ activities, sources, datasets, marts, packs, reading })
  const problems = [...reading.problems, ...references.problems]
  if (problems.length > 0 || !gemaal) throw new ConfigError(problems)
  const counting = test ? files : Object.fromEntries(Object.entries(files).filter(([path]) => path !== overlayFile))
  const project: Project = {
    folder,
    digest: digestOf(counting),
    files: counting,
    gemaal,
    activities,
    sources,
    datasets,
    marts,
    packs,
    at: (file, path) => reading.at(file, path),
  }
  return { project, warnings: sortProblems(references.warnings) }
}
