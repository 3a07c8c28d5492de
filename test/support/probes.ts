/** The connectors of the tests as files of a project, with what they take from the product by the address that it has here. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../cli/embedded/build.mjs'

/** @param name a folder of `test/connectors/probes` */
export async function probeFiles(name: string): Promise<{ [path: string]: string }> {
  const folder = join(root, 'test', 'connectors', 'probes', name)
  const files = (await readdir(folder)).filter((file) => /\.(yaml|ts)$/.test(file) && !file.endsWith('.test.ts'))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [`connectors/${name}/${file}`, ofProject(await readFile(join(folder, file), 'utf8'))])),
  )
}

function ofProject(text: string): string {
  return text
    .replaceAll("'../../../../connectors/connector.js'", "'@gemaal/gemaal/connector'")
    .replace(/'\.\.\/\.\.\/\.\.\/\.\.\/(connectors\/[\w-]+\.js)'/g, (_, file) => `'${pathToFileURL(join(root, 'dist', file)).href}'`)
}
