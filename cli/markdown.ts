/** Markdown of the pages that are made from what the product knows. */

/** Between backticks, more of them where the text has some; what is empty or begins with a space is put in quotes. */
export function code(text: string): string {
  const shown = text.trim() === text && text !== '' ? text : JSON.stringify(text)
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length))
  const ticks = '`'.repeat(longest + 1)
  return longest === 0 ? `${ticks}${shown}${ticks}` : `${ticks} ${shown} ${ticks}`
}

/** As GitHub and GitLab make it of a heading. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** Text in which nothing is markup; what would end a cell of a table is for the table. */
export function plain(text: string): string {
  return text.replace(/[\\*`[\]<#]|(?<!\w)_|_(?!\w)/g, (sign) => `\\${sign}`)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) =>
    text
      .replaceAll('\n', ' ')
      .replaceAll('|', '\\|')
      .replace(/`[^`]*`|\\?</g, (part) => (part.endsWith('<') ? '&lt;' : part))
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}
