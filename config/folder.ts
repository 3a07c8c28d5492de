/** Finds a project on disk and reads its files. */

import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isBeside, rootFolders, unknownFolder } from './layout.js'
import { ConfigError, type ConfigProblem, problem } from './problem.js'
import type { ProjectFiles } from './project.js'

/**
 * The folder of the project: the one that is named, else that of `GEMAAL_PROJECT`, else the nearest one upwards with a `gemaal.yaml`.
 *
 * @throws ConfigError where there is none, with where it was looked for
 */
export function findProject(options: { project?: string | undefined; fromEnvironment?: string | undefined; cwd: string }): string {
  const named = options.project ?? options.fromEnvironment
  if (named !== undefined) {
    const folder = resolve(options.cwd, named)
    if (existsSync(join(folder, 'gemaal.yaml'))) return folder
    const by = options.project === undefined ? 'GEMAAL_PROJECT' : '--project'
    throw new ConfigError([
      problem(
        { file: join(folder, 'gemaal.yaml'), line: 1, column: 1 },
        `there is no such file, and ${by} names this folder as the project`,
      ),
    ])
  }
  for (let folder = resolve(options.cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'gemaal.yaml'))) return folder
    if (folder === dirname(folder)) break
  }
  throw new ConfigError([
    problem(
      { file: join(resolve(options.cwd), 'gemaal.yaml'), line: 1, column: 1 },
      'there is no project here: no gemaal.yaml in this folder or above it. Go to its folder, give --project or GEMAAL_PROJECT, or make one with `gemaal init`',
    ),
  ])
}

// A folder of a folder of a folder of a connector is deep enough; a link that leads round is not followed for ever.
const deepest = 8

/** All files that can count, by path with forward slashes; line ends are LF, so that a check-out on Windows is the same project. */
export async function readFolder(folder: string): Promise<{ files: ProjectFiles; problems: ConfigProblem[] }> {
  const files: { [path: string]: string } = {}
  const problems: ConfigProblem[] = []
  const walk = async (below: string, depth: number): Promise<void> => {
    const names = await readdir(join(folder, below)).catch((error: unknown) => {
      problems.push(problem(top(below || '.'), `this folder cannot be read (${codeOf(error)})`))
      return []
    })
    for (const name of names.sort()) {
      const path = below === '' ? name : `${below}/${name}`
      if (isBeside(path)) continue
      // Follows links: a mounted ConfigMap is made of them.
      const found = await stat(join(folder, path)).catch(() => undefined)
      const place = top(path)
      if (!found) problems.push(problem(place, 'this link leads nowhere'))
      else if (found.isDirectory()) {
        if (below === '' && !(rootFolders as readonly string[]).includes(name)) problems.push(unknownFolder(name))
        else if (depth < deepest) await walk(path, depth + 1)
        else problems.push(problem(place, `folders more than ${deepest} deep are not read`))
      } else {
        const bytes = await readFile(join(folder, path)).catch((error: unknown) => codeOf(error))
        const text = typeof bytes === 'string' ? undefined : decode(bytes)
        if (text !== undefined) files[path] = text
        else
          problems.push(problem(place, typeof bytes === 'string' ? `this file cannot be read (${bytes})` : 'this file is not UTF-8 text'))
      }
    }
  }
  await walk('', 1)
  return { files, problems }
}

const top = (file: string) => ({ file, line: 1, column: 1 })

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error'
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return normalText(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** Without a byte order mark, and with LF line ends. */
export function normalText(text: string): string {
  return text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
}
