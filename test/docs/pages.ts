/** The pages that people read, taken apart. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../cli/embedded/build.mjs'

/** A fenced block. */
export interface Block {
  page: string
  /** Line on which its text begins. */
  line: number
  language: string
  text: string
}

export interface Link {
  page: string
  line: number
  /** As it is written. */
  to: string
}

/** Paths under the root: those at the root, and all of `docs/`. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`),
].sort()

export function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  textOf(page)
    .split('\n')
    .forEach((line, index) => {
      const fence = /^\s*```(\S*)/.exec(line)
      if (!fence) {
        if (open) open.text += `${line}\n`
      } else if (open) {
        blocks.push(open)
        open = undefined
      } else open = { page, line: index + 2, language: fence[1]!, text: '' }
    })
  if (open) throw new Error(`${page}:${open.line}: this block does not end`)
  return blocks
}

/** A page with its fenced blocks blank, line by line. */
export function proseOf(page: string): string[] {
  let inside = false
  return textOf(page)
    .split('\n')
    .map((line) => {
      if (!/^\s*```/.test(line)) return inside ? '' : line
      inside = !inside
      return ''
    })
}

export function linksOf(page: string): Link[] {
  return proseOf(page).flatMap((line, index) =>
    [...line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)|\bhref="([^"]+)"|\bsrc="([^"]+)"/g)].map(([, ...found]) => ({
      page,
      line: index + 1,
      to: found.find((to) => to !== undefined)!,
    })),
  )
}

/** Code inside of sentences. */
export function codeOf(page: string): { line: number; text: string }[] {
  return proseOf(page).flatMap((line, index) => [...line.matchAll(/`([^`]+)`/g)].map(([, text]) => ({ line: index + 1, text: text! })))
}

/** The anchors of a page, as GitHub and GitLab make them of its headings. */
export function anchorsOf(page: string): Set<string> {
  const counts = new Map<string, number>()
  const headings = proseOf(page).flatMap((line) => /^#{1,6} (.*)$/.exec(line)?.[1] ?? [])
  return new Set(
    headings.map((heading) => {
      const anchor = heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-')
      const before = counts.get(anchor) ?? 0
      counts.set(anchor, before + 1)
      return before === 0 ? anchor : `${anchor}-${before}`
    }),
  )
}

/** Examples that say which file of a project they are, in their first line: `# sources/open-zaak.yaml`. */
export function examplesOf(page: string): { [path: string]: string } {
  return Object.fromEntries(
    blocksOf(page).flatMap((block) => {
      const path = /^# (\S+\.ya?ml)\n/.exec(block.text)?.[1]
      return block.language === 'yaml' && path !== undefined ? [[path, block.text] as const] : []
    }),
  )
}
