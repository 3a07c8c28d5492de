import type { ProjectFiles } from '../../../config/project.js'

/** The sample project with one thing wrong: what, where that is, what is said of it, and the nearest right word. */
export type Broken = readonly [what: string, files: ProjectFiles, place: string, says: string, nearest?: string]
