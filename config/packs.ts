/** The rule packs that are shipped with the product. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isMap, readForm } from './form.js'
import { ConfigError, type ConfigProblem, problem } from './problem.js'
import { packForm, packOf, type RulePack } from './rules.js'
import { kebabCase } from './words.js'
import { readYaml, type YamlFile } from './yaml.js'

let shipped: ReadonlyMap<string, RulePack> | undefined

/** The shipped packs by name. They are read once: they do not change while the product runs. */
export function shippedPacks(): ReadonlyMap<string, RulePack> {
  shipped ??= readShipped()
  return shipped
}

function readShipped(): ReadonlyMap<string, RulePack> {
  const folder = join(productRoot(), 'config', 'packs')
  const packs = new Map<string, RulePack>()
  const problems: ConfigProblem[] = []
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()) {
    const reading = readPack(file.slice(0, -'.yaml'.length), `config/packs/${file}`, readFileSync(join(folder, file), 'utf8'))
    problems.push(...reading.problems)
    if (reading.pack) packs.set(reading.pack.name, reading.pack)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return packs
}

/** The product's own folder, from the sources as well as from what is built of them in `dist`. */
export function productRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

export interface PackReading {
  pack: RulePack | undefined
  yaml: YamlFile | undefined
  problems: ConfigProblem[]
}

/** Reads a rule pack, a shipped one or a project's own. */
export function readPack(name: string, file: string, text: string): PackReading {
  const { yaml, problems } = readYaml(file, text)
  if (!yaml) return { pack: undefined, yaml, problems }
  const reading = readForm(packForm, yaml)
  problems.push(...reading.problems)
  if (isMap(yaml.value)) {
    for (const key of Object.keys(yaml.value)) {
      if (!kebabCase.test(key))
        problems.push(
          problem(yaml.keyAt([key]), `'${key}' cannot be the name of a rule`, {
            found: key,
            expected: 'kebab-case, such as pand-identificatie',
          }),
        )
    }
  }
  const usable = problems.length === 0 && reading.value !== undefined
  return { pack: usable ? packOf(name, file, reading.value!) : undefined, yaml, problems }
}
