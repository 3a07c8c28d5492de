import { createHash } from 'node:crypto'
import { compareText } from './problem.js'
import type { ProjectFiles } from './project.js'

/** SHA-256 (64 hex digits) over the paths and texts of files, whatever their order. Two sets of files that differ never look alike: lengths are part of it. */
export function digestOf(files: ProjectFiles): string {
  const hash = createHash('sha256')
  for (const path of Object.keys(files).sort(compareText)) {
    for (const part of [path, files[path]!]) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  }
  return hash.digest('hex')
}
