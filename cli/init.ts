/** `gemaal init [folder]`: a new project, in which nothing is read yet. */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { gemaalForm } from '../config/gemaal.js'
import { loadProject } from '../config/load.js'
import { ask, mayAsk } from './ask.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { makeFile } from './files.js'
import { type NewProject, projectFiles, schemaFolder } from './templates.js'
import { productRoot } from './version.js'

interface InitOptions {
  name?: string
  code?: string
  rsin?: string
  contact?: string
  fg?: string
  schemas?: boolean
}

export async function run(context: CommandContext, [name]: string[], options: InitOptions): Promise<number> {
  const { out } = context
  const folder = resolve(name ?? '.')
  if (options.schemas) {
    await writeSchemas(folder)
    out.say(`The forms for editors are in ${join(shown(folder), schemaFolder)}.`)
    return exit.good
  }
  if (existsSync(join(folder, 'gemaal.yaml')))
    throw new UsageError(
      `There is a project in ${folder} already, and nothing of it is overwritten. \`gemaal init --schemas\` renews its forms for editors.`,
    )
  const files = projectFiles(await complete(context, options, basename(folder)))
  const made: string[] = []
  for (const [path, text] of Object.entries(files)) {
    if (await makeFile(join(folder, path), text)) made.push(path)
    else out.say(`${path} stands there and is left as it is.`)
  }
  await writeSchemas(folder)
  if (out.json) out.data({ folder, files: made })
  else {
    out.data(folder)
    for (const path of made.filter((p) => !p.endsWith('.gitkeep'))) out.say(`  ${path}`)
  }
  // What stood there before may be no part of a project.
  await loadProject(folder)
  tellNext(context, folder, options)
  return exit.good
}

function tellNext({ out }: CommandContext, folder: string, options: InitOptions): void {
  const steps = folder === process.cwd() ? [] : [`cd ${shown(folder)}`]
  out.say()
  if (options.contact === undefined || options.fg === undefined)
    out.say('Put the real e-mail addresses under `contact` in gemaal.yaml: they are the owner of each dataset that names none.')
  out.say('Next:')
  for (const step of [...steps, 'gemaal source add open-zaak --connector zgw --url https://openzaak.example.nl', 'gemaal connector list'])
    out.say(`  ${step}`)
}

/** The JSON Schemas of all forms, as this version has them. These are ours, so that they are renewed. */
async function writeSchemas(folder: string): Promise<void> {
  const from = join(productRoot, 'config', 'schemas')
  await mkdir(join(folder, schemaFolder), { recursive: true })
  for (const file of (await readdir(from)).filter((name) => name.endsWith('.schema.json')))
    await writeFile(join(folder, schemaFolder, file), await readFile(join(from, file)))
  await copyFile(join(productRoot, 'connectors', 'connector.schema.json'), join(folder, schemaFolder, 'connector.schema.json'))
}

async function complete(context: CommandContext, options: InitOptions, folderName: string): Promise<NewProject> {
  const { name, code, rsin } = await named(context, options)
  const domain = `${slug(name.replace(/^gemeente\s+/i, '')) || slug(folderName) || 'gemeente'}.example`
  const project: NewProject = {
    name,
    code,
    rsin,
    data: options.contact ?? `datateam@${domain}`,
    fg: options.fg ?? `fg@${domain}`,
  }
  const given = [
    ['--name', 'name', project.name],
    ['--code', 'code', project.code],
    ['--rsin', 'rsin', project.rsin],
    ['--contact', 'data', project.data],
    ['--fg', 'fg', project.fg],
  ] as const
  for (const [flag, key, value] of given) {
    const fault = value === undefined ? undefined : faultOf(key, value)
    if (fault !== undefined) throw new UsageError(`${flag}: ${fault}`)
  }
  return project
}

/** Asks for nothing that was given; and for nothing at all where what is compulsory was. */
async function named(
  context: CommandContext,
  { name, code, rsin }: InitOptions,
): Promise<{ name: string; code: string; rsin: string | undefined }> {
  if (name !== undefined && code !== undefined) return { name, code, rsin }
  if (!mayAsk(context)) {
    throw new UsageError(
      'Give --name and --code: the name of the municipality and its CBS code of four digits, such as --name "Gemeente Waterdam" --code 0363.',
    )
  }
  return {
    name: name ?? (await ask('Name of the municipality, such as Gemeente Waterdam:', (answer) => faultOf('name', answer))),
    code: code ?? (await ask('Its CBS code, four digits:', (answer) => faultOf('code', answer))),
    rsin:
      rsin ??
      ((await ask('Its RSIN, nine digits (empty: not now):', (answer) => (answer === '' ? undefined : faultOf('rsin', answer)))) ||
        undefined),
  }
}

const { organisation, contact } = gemaalForm.shape
const values = { ...organisation.shape, ...contact.shape }

/** What the form of gemaal.yaml says against a value; undefined where it takes it. */
function faultOf(key: keyof typeof values, value: string): string | undefined {
  const { error } = values[key].safeParse(value)
  return error ? `expected ${error.issues[0]!.message}` : undefined
}

/** `Súdwest-Fryslân` → `sudwest-fryslan`. */
function slug(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** A path as a person types it here. */
function shown(folder: string): string {
  const path = relative(process.cwd(), folder)
  return path === '' ? '.' : path.startsWith('..') ? folder : path
}
