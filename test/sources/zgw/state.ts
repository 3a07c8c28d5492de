import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** How the municipality of a state folder came to be: the same steps again give the same records. */
const form = z.strictObject({
  seed: z.int(),
  zaken: z.int().min(1),
  today: z.iso.date(),
  /** How many changes each round made, in order. */
  rounds: z.array(z.int().min(1)),
})
export type State = z.infer<typeof form>

const pathOf = (folder: string): string => join(folder, 'zgw.json')

/** Undefined when nothing was kept in this folder. */
export async function readState(folder: string): Promise<State | undefined> {
  let text: string
  try {
    text = await readFile(pathOf(folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return form.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${pathOf(folder)} is not what this server wrote. Delete it: the municipality begins anew.`, { cause })
  }
}

/** Written beside and then moved, so that a kill leaves the old state or the new one. */
export async function writeState(folder: string, state: State): Promise<void> {
  await writeFile(`${pathOf(folder)}.new`, `${JSON.stringify(state)}\n`)
  await rename(`${pathOf(folder)}.new`, pathOf(folder))
}
