import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buurten } from '../waterdam-buurten.js'

const regelingen = ['Buurtinitiatief', 'Verduurzaming monument', 'Sport en bewegen', 'Cultuur in de wijk'] as const
const inAYear = 120

/**
 * Subsidies as a financial application of a municipality delivers them: a file a year, with `;` between values, a decimal comma, dates as
 * `dd-mm-jjjj`, in Windows-1252.
 *
 * @returns the address of the folder
 */
export async function deliverSubsidies(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const own = buurten.filter(({ gemeentecode }) => gemeentecode === 'GM0363')
  for (const year of [2024, 2025]) {
    const lines = Array.from({ length: inAYear }, (_, n) => {
      const day = `${String((n % 28) + 1).padStart(2, '0')}-${String((n % 12) + 1).padStart(2, '0')}-${year}`
      const bedrag = `${(1_250 + n * 137).toLocaleString('nl-NL')},${String(n % 100).padStart(2, '0')}`
      return [
        `${year}-${String(n + 1).padStart(4, '0')}`,
        `"${regelingen[n % regelingen.length]}"`,
        bedrag,
        day,
        own[n % own.length]!.buurtcode,
      ].join(';')
    })
    const text = ['Nummer;Regeling;Bedrag;Besluitdatum;Buurtcode', ...lines, ''].join('\r\n')
    const file = join(folder, `subsidies-${year}.csv`)
    await writeFile(file, Buffer.from(text, 'latin1'))
    // One that was written just now would be waited for.
    const delivered = new Date(Date.UTC(year + 1, 0, 2))
    await utimes(file, delivered, delivered)
  }
  return pathToFileURL(folder).href
}
