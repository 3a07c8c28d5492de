/** The sample project of the tests as text, and changed copies of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSnapshot } from '../../config/load.js'
import { productRoot } from '../../config/packs.js'
import { ConfigError, type ConfigProblem } from '../../config/problem.js'
import type { ProjectFiles } from '../../config/project.js'

export const sampleFolder = join(productRoot(), 'test', 'config', 'sample-project')
export const waterdamFolder = join(productRoot(), 'config', 'sample', 'waterdam')

export function filesIn(folder: string): ProjectFiles {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')]
    }),
  )
}

export const sample = filesIn(sampleFolder)

/** A copy in which one text of one file is another. */
export function changed(file: string, from: string, to: string, files: ProjectFiles = sample): ProjectFiles {
  const text = files[file]
  if (text === undefined || text.split(from).length !== 2) throw new Error(`'${from}' is not once in ${file}`)
  return { ...files, [file]: text.replace(from, () => to) }
}

/** A copy with one file more, or one replaced. */
export function withFile(file: string, text: string, files: ProjectFiles = sample): ProjectFiles {
  return { ...files, [file]: text }
}

export function without(file: string, files: ProjectFiles = sample): ProjectFiles {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path !== file))
}

/** What is wrong with a project; an empty list when nothing is. */
export function problemsOf(files: ProjectFiles): readonly ConfigProblem[] {
  try {
    loadSnapshot(files)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}
