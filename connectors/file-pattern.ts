/** Patterns of paths: which files a stream takes from its place, and how little has to be listed for them. */
import picomatch from 'picomatch'
import { SourceRefused } from './errors.js'

export interface FilePattern {
  /** The pattern of files as they lie there, without what it asks for in archives. */
  outer: string
  /** The folder under which all that matches stands; empty for the place itself. */
  folder: string
  /** How many folders deep below `folder` files can match: 1 for those in it. */
  depth: number
  /** Whether it is the path of one file. */
  isPath: boolean
  matches(path: string): boolean
  /** What it asks for inside of the archives that match; undefined where it asks for files as they lie there. */
  inside: ((path: string) => boolean) | undefined
}

const special = /[*?[{]/

/**
 * @throws SourceRefused when it leads out of the place
 */
export function filePattern(text: string, source: string): FilePattern {
  const segments = text.split('/')
  if (text.startsWith('/') || segments.includes('..'))
    throw new SourceRefused(
      `source '${source}': the pattern '${text}' leads out of the place of the source. Give it from the folder of baseUrl on.`,
    )
  const archive = segments.findIndex((segment, at) => isArchive(segment) && at < segments.length - 1)
  const outer = archive === -1 ? segments : segments.slice(0, archive + 1)
  const fixed = outer.slice(0, -1).findIndex((segment) => special.test(segment))
  const folder = outer.slice(0, fixed === -1 ? -1 : fixed)
  return {
    outer: outer.join('/'),
    folder: folder.join('/'),
    depth: outer.includes('**') ? Number.POSITIVE_INFINITY : outer.length - folder.length,
    isPath: !special.test(outer.join('/')),
    matches: matcher(outer.join('/')),
    inside: archive === -1 ? undefined : matcher(segments.slice(archive + 1).join('/')),
  }
}

/** `{a,b}.csv` as `a.csv` and `b.csv`: over HTTPS each has to be the path of a file. */
export function alternatives(text: string): string[] {
  const { 1: before = '', 2: either, 3: after = '' } = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(text) ?? []
  if (either === undefined) return [text]
  return [...new Set(either.split(',').flatMap((one) => alternatives(before + one + after)))]
}

/** All files, archives unopened. */
export const allFiles: FilePattern = {
  outer: '**',
  folder: '',
  depth: Number.POSITIVE_INFINITY,
  isPath: false,
  matches: () => true,
  inside: undefined,
}

/** The folders that have to be listed for all patterns, each once, with the greatest depth. */
export function foldersOf(patterns: readonly FilePattern[]): { folder: string; depth: number }[] {
  const folders = new Map<string, number>()
  for (const { folder, depth } of patterns) folders.set(folder, Math.max(folders.get(folder) ?? 0, depth))
  return [...folders].map(([folder, depth]) => ({ folder, depth }))
}

/** The archive in which a path stands, and the path inside of it; undefined for a file as it lies there. */
export function splitAtArchive(path: string): { archive: string; inside: string } | undefined {
  const segments = path.split('/')
  const at = segments.findIndex(isArchive)
  if (at === -1 || at === segments.length - 1) return undefined
  return { archive: segments.slice(0, at + 1).join('/'), inside: segments.slice(at + 1).join('/') }
}

/** By its name: a workbook is a zip too, and is no archive of files. */
const isArchive = (segment: string): boolean => /.\.zip$/i.test(segment)

/** Hidden files, and the names that uploads go on under. */
export function isPassedOver(path: string): boolean {
  return path.split('/').some((segment) => /^\.(?!\.?$)/.test(segment)) || /\.(part|tmp|filepart)$/i.test(path)
}

function matcher(pattern: string): (path: string) => boolean {
  // A name with parentheses or a plus is that name.
  if (!special.test(pattern)) return (path) => path === pattern
  return picomatch(pattern, { noextglob: true, nonegate: true, strictSlashes: true })
}
