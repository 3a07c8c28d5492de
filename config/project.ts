/**
 * A project as loaded: the files that a municipality writes, parsed strictly, with the place of every value kept for messages.
 * The forms are in `gemaal.ts`, `source.ts`, `dataset.ts`, `activity.ts` and `mart.ts`; `load.ts` reads the folder.
 */
import type { Activity } from './activity.js'
import type { Contract } from './dataset.js'
import type { Gemaal } from './gemaal.js'
import type { Mart } from './mart.js'
import type { RulePack } from './rules.js'
import type { SourceFile } from './source.js'

/** A place in a file of the project: line and column count from 1. */
export interface Place {
  file: string
  line: number
  column: number
}

/** Text of the project's files by path relative to the project, with forward slashes. What `apply` stores and a worker loads by. */
export type ProjectFiles = { readonly [path: string]: string }

export interface Project {
  /** Folder on disk; undefined when loaded from a snapshot. */
  folder: string | undefined
  /** SHA-256 over the paths and texts of all files, 64 hex digits. The same files give the same digest on every machine. */
  digest: string
  files: ProjectFiles
  gemaal: Gemaal
  activities: ReadonlyMap<string, Activity>
  sources: ReadonlyMap<string, SourceFile>
  /** By `<schema>.<dataset>`. */
  datasets: ReadonlyMap<string, Contract>
  /** By `<schema>.<mart>`. */
  marts: ReadonlyMap<string, Mart>
  /** Shipped packs and the project's own, by name. */
  packs: ReadonlyMap<string, RulePack>
  /** Where a value stands: `at('datasets/zaken/rollen.yaml', ['personal', 0])`; the nearest parent that exists when the path does not. */
  at(file: string, path?: readonly (string | number)[]): Place
}
