/** The sample project of the product, and what of it reads from ZGW. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** As it is shipped: zaken, and four sources of other kinds. */
export const wholeSample = fileURLToPath(new URL('../../config/sample/waterdam', import.meta.url))

/**
 * Copies the sample with `open-zaak` as its one source. How many records are broken is up to a test: the bound of the sample is left out, by which its
 * runs would end as `findings`, and not by what the test is about.
 */
export async function copyZakenSample(to: string): Promise<void> {
  await cp(wholeSample, to, { recursive: true })
  for (const path of await readdir(to, { recursive: true })) {
    const file = join(to, path)
    if (/^sources\/(?!open-zaak)|^marts\/wmo\//.test(path)) await rm(file, { recursive: true })
    else if (/^datasets\/.*\.yaml$/.test(path) && !isOfZaken(await readFile(file, 'utf8'))) await rm(file)
  }
  const project = join(to, 'gemaal.yaml')
  await writeFile(project, (await readFile(project, 'utf8')).replace(/^buurten: .*\n/m, ''))
  const bounded = join(to, 'datasets', 'wmo', 'zaken.yaml')
  const text = await readFile(bounded, 'utf8')
  const bound = ', upTo: 0.5 %'
  if (!text.includes(bound)) throw new Error('the sample sets no bound in datasets/wmo/zaken.yaml any more')
  await writeFile(bounded, text.replace(bound, ''))
}

/** A buurt needs boundaries, which come from another source. */
const isOfZaken = (contract: string): boolean => /^from: open-zaak\//m.test(contract) && !/^ {2}buurt:/m.test(contract)
