/** Reads the files of a project one by one, each by its form, and gathers all that is wrong. */
import { type Activity, activityForm, activityOf } from './activity.js'
import { secretsInTheClear } from './clear-secrets.js'
import { contractForm } from './dataset.js'
import { isMap, readForm } from './form.js'
import { type Gemaal, gemaalForm } from './gemaal.js'
import { type FileRole, overlayFile, roleOf } from './layout.js'
import { isQuery, type Mart, martForm, martOf, secondStatement, splitMart } from './mart.js'
import { overlaid } from './overlay.js'
import { readPack, shippedPacks } from './packs.js'
import { type ConfigProblem, problem } from './problem.js'
import type { Place } from './project.js'
import type { RulePack } from './rules.js'
import { hidesInSource, type SourceFile, sourceForm, sourceOf } from './source.js'
import { kebabCase } from './words.js'
import { readYaml, type YamlFile } from './yaml.js'

type DatasetRole = Extract<FileRole, { form: 'dataset' }>

/** What has been read so far. A file that cannot be used still counts as being there, so that one fault is reported once. */
export class ProjectReading {
  readonly problems: ConfigProblem[] = []
  readonly activities = new Map<string, Activity>()
  readonly sources = new Map<string, SourceFile>()
  readonly contracts: { role: DatasetRole; file: string; written: ReturnType<typeof contractForm.parse>; keys: string[] }[] = []
  readonly marts = new Map<string, Mart>()
  readonly packs = new Map<string, RulePack>()
  /** Names of all that has a file or an entry, usable or not. */
  readonly names = { activities: new Set<string>(), sources: new Set<string>(), packs: new Set<string>() }
  readonly #yaml = new Map<string, YamlFile>()

  /** @returns the place of a value in a file of the project; its beginning where the file is unknown */
  at(file: string, path?: readonly (string | number)[]): Place {
    return this.#yaml.get(file)?.at(path) ?? { file, line: 1, column: 1 }
  }

  keyAt(file: string, path: readonly (string | number)[]): Place {
    return this.#yaml.get(file)?.keyAt(path) ?? { file, line: 1, column: 1 }
  }

  read(path: string, text: string): void {
    const role = roleOf(path)
    if (!('form' in role)) {
      this.problems.push(role)
      return
    }
    if (role.form === 'connector') return
    if (role.form === 'mart') this.#readMart(role, path, text)
    else if (role.form === 'rules') this.#readRules(role.name, path, text)
    else this.#readYamlFile(role, path, text)
  }

  #readYamlFile(role: FileRole, path: string, text: string): void {
    if (role.form === 'source') this.names.sources.add(role.name)
    const { yaml, problems } = readYaml(path, text)
    this.problems.push(...problems)
    if (!yaml) return
    this.#yaml.set(path, yaml)
    if (role.form === 'activities') this.#readActivities(yaml)
    if (role.form === 'source') this.#readSource(role.name, yaml)
    if (role.form === 'dataset') this.#readContract(role, yaml)
  }

  /** Reads `gemaal.yaml`, and checks it with the overlay laid on when there is one. */
  finishGemaal(test: boolean): Gemaal | undefined {
    const base = this.#yaml.get('gemaal.yaml')
    if (!base) {
      if (!this.problems.some(({ file }) => file === 'gemaal.yaml')) {
        this.problems.push(problem({ file: 'gemaal.yaml', line: 1, column: 1 }, 'there is no such file; every project has one'))
      }
      return undefined
    }
    const reading = readForm(gemaalForm, base)
    this.problems.push(...reading.problems)
    const over = this.#yaml.get(overlayFile)
    if (!over) return reading.value
    const both = overlaid(base, over)
    const tested = readForm(gemaalForm, both)
    this.problems.push(...tested.problems)
    if (!test) return reading.value
    this.#yaml.set('gemaal.yaml', both)
    return tested.value
  }

  #readActivities(yaml: YamlFile): void {
    // A register in which nothing stands yet, as a new project has it.
    if (yaml.value === null) return
    if (!isMap(yaml.value)) {
      this.problems.push(
        problem(yaml.at(), 'the register holds no activities', { expected: 'a map from the name of an activity to what it is' }),
      )
      return
    }
    for (const [name, entry] of Object.entries(yaml.value)) {
      this.names.activities.add(name)
      if (!kebabCase.test(name)) {
        this.problems.push(
          problem(yaml.keyAt([name]), `'${name}' cannot be the name of an activity`, {
            found: name,
            expected: 'kebab-case, such as wmo-monitor',
          }),
        )
      }
      const reading = readForm(activityForm, yaml, { path: [name] })
      this.problems.push(...reading.problems)
      if (reading.value) this.activities.set(name, activityOf(name, reading.value, keysOf(entry)))
    }
  }

  #readSource(name: string, yaml: YamlFile): void {
    const reading = readForm(sourceForm, yaml, { hides: hidesInSource, openKeys: true })
    const secrets = secretsInTheClear(yaml)
    const said = (other: ConfigProblem) => secrets.some(({ line, column }) => line === other.line && column === other.column)
    this.problems.push(...secrets, ...reading.problems.filter((other) => !said(other)))
    if (reading.value) this.sources.set(name, sourceOf(name, yaml.file, reading.value))
  }

  #readContract(role: DatasetRole, yaml: YamlFile): void {
    const reading = readForm(contractForm, yaml)
    this.problems.push(...reading.problems)
    if (reading.value) this.contracts.push({ role, file: yaml.file, written: reading.value, keys: keysOf(yaml.value) })
  }

  #readRules(name: string, path: string, text: string): void {
    if (shippedPacks().has(name)) {
      this.problems.push(
        problem(
          { file: path, line: 1, column: 1 },
          `there is a shipped rule pack '${name}', and it is read-only; give this one another name`,
        ),
      )
      return
    }
    this.names.packs.add(name)
    const { pack, yaml, problems } = readPack(name, path, text)
    this.problems.push(...problems)
    if (yaml) this.#yaml.set(path, yaml)
    if (pack) this.packs.set(name, pack)
  }

  #readMart(role: Extract<FileRole, { form: 'mart' }>, path: string, text: string): void {
    const place = { file: path, line: 1, column: 1 }
    const parts = splitMart(text)
    if (!parts) {
      this.problems.push(
        problem(place, 'a mart begins with its front matter', { expected: '/* --- on the first line, YAML with the question, and --- */' }),
      )
      return
    }
    const { yaml, problems } = readYaml(path, parts.yaml, parts.yamlLine)
    this.problems.push(...problems)
    if (!yaml) return
    this.#yaml.set(path, yaml)
    const sqlPlace = { file: path, line: parts.sqlLine, column: 1 }
    const second = secondStatement(parts.sql)
    if (!isQuery(parts.sql))
      this.problems.push(problem(sqlPlace, 'what follows the front matter is not a query', { expected: 'select … or with …' }))
    else if (second !== undefined) {
      const line = parts.sqlLine + parts.sql.slice(0, second).split('\n').length - 1
      this.problems.push(
        problem(
          { file: path, line, column: second - parts.sql.lastIndexOf('\n', second) },
          'a semicolon ends the query here and more follows; a mart is one query',
        ),
      )
    }
    const reading = readForm(martForm, yaml)
    this.problems.push(...reading.problems)
    if (!reading.value) return
    const mart = martOf({ schema: role.schema, view: role.view, file: path }, parts, reading.value)
    this.marts.set(mart.name, mart)
  }
}

function keysOf(value: unknown): string[] {
  return isMap(value) ? Object.keys(value) : []
}
