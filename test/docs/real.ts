/** Pieces of a page that come from running the product. They stand between `<!-- real: <name> -->` and `<!-- end -->`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'

/**
 * Holds the pieces of a page to what the product gives today. `npx vitest run test/docs -u` writes them anew.
 *
 * @param page path under `docs/`
 */
export async function expectReal(page: string, pieces: { [name: string]: string }): Promise<void> {
  const path = join(root, 'docs', page)
  const text = readFileSync(path, 'utf8')
  const names = [...text.matchAll(marked)].map(([, name]) => name!)
  expect(names.sort(), `pieces of ${page}`).toEqual(Object.keys(pieces).sort())
  const now = text.replace(marked, (_, name: string) => `<!-- real: ${name} -->\n${pieces[name]!.trim()}\n<!-- end -->`)
  await expect(now).toMatchFileSnapshot(path)
}

const marked = /<!-- real: ([a-z0-9-]+) -->\n[\s\S]*?<!-- end -->/g

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trim()}\n\`\`\``
}

/** A table of Markdown. Outside of code, `<name>` would be a tag. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = (cell: string) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const shown = (cell: string) => plain(cell).replace(/`[^`]*`|</g, (part) => (part === '<' ? '&lt;' : part))
  const line = (cells: readonly string[]) => `| ${cells.map(shown).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
