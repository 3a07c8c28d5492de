/** What commands say: data on stdout, everything for people on stderr. */

export interface Output {
  /** Whether data goes out as one JSON document. */
  json: boolean
  colour: boolean
  /** Data: what a script reads. */
  data(value: unknown): void
  /** For people. */
  say(text?: string): void
  /** A table for people, or for a script with `json`. */
  table(rows: readonly Row[], columns: readonly Column[]): void
}

/** A line of a table, by name of column. */
export type Row = object

export interface Column {
  name: string
  title?: string
  /** Numbers stand to the right. */
  right?: boolean
}

export function openOutput(options: { json: boolean; colour: boolean }): Output {
  const say = (text = '') => process.stderr.write(`${text}\n`)
  return {
    ...options,
    say,
    data: (value) => {
      process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : `${String(value)}\n`)
    },
    table: (rows, columns) => {
      if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
      else process.stdout.write(tableText(rows, columns))
    },
  }
}

/** Columns as wide as their longest cell; two spaces between them. */
export function tableText(rows: readonly Row[], columns: readonly Column[]): string {
  const cells = [
    columns.map((c) => c.title ?? c.name),
    ...rows.map((row) => columns.map((c) => cell((row as { [name: string]: unknown })[c.name]))),
  ]
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => [...line[i]!].length)))
  const lines = cells.map((line) =>
    line
      .map((text, i) => (columns[i]!.right ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  return `${lines[0]}\n${widths.map((w) => '─'.repeat(w)).join('  ')}\n${lines.slice(1).join('\n')}${rows.length > 0 ? '\n' : ''}`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (value instanceof Date) return moment(value)
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam', dateStyle: 'short', timeStyle: 'medium' })

/** A fact beside its name; further lines of it stand below its first. */
export function factLine([name, value]: readonly [string, string]): string {
  return `${name.padEnd(11)}${value.replaceAll('\n', `\n${' '.repeat(11)}`)}`
}

/** A moment on the Dutch clock: `2026-11-25 05:30:00`. */
export function moment(date: Date): string {
  return clock.format(date)
}

/** `3 minutes ago`, `in 2 hours`. */
export function relative(date: Date, now = new Date()): string {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000)
  const size = Math.abs(seconds)
  const [n, unit] =
    size < 60
      ? [size, 'second']
      : size < 3600
        ? [Math.round(size / 60), 'minute']
        : size < 172_800
          ? [Math.round(size / 3600), 'hour']
          : [Math.round(size / 86_400), 'day']
  const words = `${n} ${unit}${n === 1 ? '' : 's'}`
  return seconds >= 0 ? `${words} ago` : `in ${words}`
}
