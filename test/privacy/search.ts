/** Searches bytes for many values at once, also where they stand in another notation. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type pg from 'pg'

/** Bytes to look for, and which value they are. */
interface Needle {
  bytes: Buffer
  value: string
  notation: string
}

/** Where a value was found: `staging.d12`, `temporal/temporal.db`. */
export interface Found {
  place: string
  value: string
  notation: string
}

/** What is searched, by the name under which it is told. */
export type Haystacks = ReadonlyMap<string, Buffer>

/** The ways in which a store may write a text: as it is, as UTF-16, in hexadecimal, and in base64 wherever it begins in what was encoded. */
function notationsOf(value: string): Needle[] {
  const bytes = Buffer.from(value, 'utf8')
  const hex = bytes.toString('hex')
  const base64 = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // Characters that also hold bits of what stands before or after say nothing of the value.
    const first = before === 0 ? 0 : before + 1
    const last = whole.length - ((before + bytes.length) % 3 === 0 ? 0 : 1)
    const inner = whole.slice(first, last)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const needles = [
    { bytes, notation: 'UTF-8' },
    { bytes: Buffer.from(value, 'utf16le'), notation: 'UTF-16' },
    { bytes: Buffer.from(hex), notation: 'hexadecimal' },
    { bytes: Buffer.from(hex.toUpperCase()), notation: 'hexadecimal' },
    ...[...new Set(base64)].map((text) => ({ bytes: Buffer.from(text), notation: 'base64' })),
  ]
  return needles.filter((needle) => needle.bytes.length >= shortest).map((needle) => ({ ...needle, value }))
}

/** Shorter ones would be found by chance. */
const shortest = 6
const bits = 22

/**
 * Prepares a search; each byte is looked at once, however many values there are.
 *
 * @param values of at least six bytes
 */
export function searchFor(values: Iterable<string>): (haystacks: Haystacks) => Found[] {
  const byStart = new Map<number, Needle[]>()
  const starts = new Uint8Array(1 << bits)
  for (const value of new Set(values)) {
    if (Buffer.byteLength(value) < shortest) throw new Error('a value that is so short would be found by chance')
    for (const needle of notationsOf(value)) {
      const start = needle.bytes.readUInt32LE(0)
      starts[slot(start)] = 1
      const others = byStart.get(start)
      if (others) others.push(needle)
      else byStart.set(start, [needle])
    }
  }
  return (haystacks) => {
    const found = new Map<string, Found>()
    for (const [place, bytes] of haystacks) {
      for (let at = 0, start = 0; at < bytes.length; at++) {
        start = (start >>> 8) | (bytes[at]! << 24)
        if (at < 3 || starts[slot(start)] === 0) continue
        for (const { bytes: needle, value, notation } of byStart.get(start >>> 0) ?? []) {
          if (bytes.compare(needle, 0, needle.length, at - 3, Math.min(at - 3 + needle.length, bytes.length)) !== 0) continue
          found.set(`${place}\0${value}`, { place, value, notation })
        }
      }
    }
    return [...found.values()]
  }
}

const slot = (start: number): number => Math.imul(start, 0x9e3779b1) >>> (32 - bits)

/** Every file under a folder, by its path in it. One that goes away meanwhile is left out. */
export async function filesUnder(folder: string, under = ''): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes) files.set(`${under}${relative(folder, path).replaceAll('\\', '/')}`, bytes)
  }
  return files
}

/** Every row of every table of a warehouse as text, and every comment, by table. */
export async function tablesOf(pool: pg.Pool): Promise<Map<string, Buffer>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1`,
  )
  const texts = new Map<string, Buffer>()
  for (const { name } of tables) {
    // A table of staging may be dropped by a run that goes on meanwhile.
    const rows = await pool.query<{ row: string }>(`select t::text as row from ${name} t`).catch(() => undefined)
    if (rows) texts.set(name, Buffer.from(rows.rows.map(({ row }) => row).join('\n')))
  }
  const { rows: comments } = await pool.query<{ text: string }>('select description as text from pg_description')
  texts.set('comments', Buffer.from(comments.map(({ text }) => text).join('\n')))
  return texts
}
