/** The workflows as one file, made once for each state of their code; making it takes seconds. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode } from '@temporalio/worker'

const here = dirname(fileURLToPath(import.meta.url))
const workflows = join(here, '..', 'workflows')

/** Where `npm run bundle` puts it, in `dist/`: an image carries it and writes nothing at run time. */
export const shippedBundles: string = join(here, '..', '.bundles')

/**
 * Path of the bundle: the shipped one, else the one in `folder`, made when it is not there yet.
 *
 * @param folder where bundles are kept
 */
export async function workflowBundle(folder: string): Promise<string> {
  const hash = createHash('sha256')
  // A bundle works with the exact version of the SDK that made it only.
  hash.update((createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string }).version)
  for (const file of readdirSync(workflows).sort())
    if (/\.[jt]s$/.test(file) && !file.endsWith('.d.ts')) hash.update(file).update(readFileSync(join(workflows, file)))
  const name = `workflows-${hash.digest('hex').slice(0, 16)}.js`
  const path = join(folder, name)
  const ready = [join(shippedBundles, name), path].find((place) => existsSync(place))
  if (ready) return ready
  const entry = ['index.js', 'index.ts'].map((name) => join(workflows, name)).find(existsSync)
  if (!entry) throw new Error(`the workflows are missing in ${workflows}; the installation is not whole`)
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: silent })
  mkdirSync(folder, { recursive: true })
  const made = `${path}.${process.pid}`
  writeFileSync(made, code)
  renameSync(made, path)
  return path
}

const nothing = () => {}
const silent = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }
