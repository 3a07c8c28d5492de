import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * A folder into which a Dutch system puts its exports: semicolons, decimal commas, dates as dd-mm-jjjj, Windows-1252 or UTF-8 with a byte order
 * mark, quotes with line breaks inside; each file is the whole of one district, delivered again under the same name.
 */

export interface Provision {
  nummer: string
  bedrag: string
  ingangsdatum: string
  omschrijving: string
}

export type Charset = 'windows-1252' | 'utf-8'

export interface CsvFolder {
  folder: string
  deliver(path: string, provisions: readonly Provision[], charset?: Charset): Promise<void>
  /** Puts a file there as it is. */
  put(path: string, content: string | Uint8Array, changedAt?: Date): Promise<void>
  remove(path: string): Promise<void>
  /** Numbers of all provisions that were delivered and still stand. */
  numbers(): string[]
  stop(): Promise<void>
}

export const someProvisions = (district: string, count: number): Provision[] =>
  Array.from({ length: count }, (_, index) => ({
    // A leading zero, as such numbers have.
    nummer: `0${district}${String(index).padStart(4, '0')}`,
    bedrag: ['9,99', '1.234,56', '1.234', '0,00', '-12,5'][index % 5]!,
    ingangsdatum: `${String((index % 28) + 1).padStart(2, '0')}-03-2026`,
    omschrijving: index % 3 === 0 ? `Scootmobiel; "snel"\nvoor café € ${index}` : `Hulp ${index}`,
  }))

export async function openFolder(): Promise<CsvFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'gemaal-csv-'))
  const standing = new Map<string, readonly Provision[]>()
  const put = async (path: string, content: string | Uint8Array, changedAt = new Date(Date.now() - 60_000)) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
    await utimes(join(folder, path), changedAt, changedAt)
  }
  return {
    folder,
    put,
    async deliver(path, provisions, charset = 'windows-1252') {
      standing.set(path, provisions)
      const quoted = (text: string) => (/[;"\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
      const rows = provisions.map((provision) =>
        [provision.nummer, provision.bedrag, provision.ingangsdatum, provision.omschrijving].map(quoted).join(';'),
      )
      const text = `${['NUMMER;BEDRAG;INGANGSDATUM;OMSCHRIJVING', ...rows].join('\r\n')}\r\n`
      await put(
        path,
        charset === 'utf-8' ? `\uFEFF${text}` : Buffer.from([...text].map((char) => (char === '€' ? 0x80 : char.charCodeAt(0)))),
      )
    },
    async remove(path) {
      standing.delete(path)
      await rm(join(folder, path))
    },
    numbers: () => [...standing.values()].flat().map(({ nummer }) => nummer),
    stop: () => rm(folder, { recursive: true, force: true }),
  }
}
