/**
 * Contract, stream and activity joined: what each dataset lands and what each reading needs. Everything that is wrong is told at once, each at
 * its place in the project.
 */
import { createHash } from 'node:crypto'
import { type Contract, defaultDeletes, thresholdOf } from '../../config/dataset.js'
import type { DatasetPlan, PlannedRule, ShapedField, StreamPlan } from '../../config/dataset-plan.js'
import { readSettings } from '../../config/form.js'
import { isPersonal } from '../../config/kinds.js'
import { type ConfigProblem, nearestWord, problem, sortProblems } from '../../config/problem.js'
import type { Project } from '../../config/project.js'
import type { ReferenceRule } from '../../config/rules.js'
import type { SourceFile } from '../../config/source.js'
import type { Connector, JsonObject, PushedCondition, Stream } from '../../connectors/connector.js'
import { InvalidConnector } from '../../connectors/errors.js'
import { type Connectors, streamsOf } from '../../connectors/load.js'
import { type OpenStream, openStream } from '../../connectors/stream.js'
import { boundariesIn } from './boundaries.js'
import { keysFor, landsAs, personalKindsOf, planColumns, type Tell } from './columns.js'
import { fieldsOfStream, type StoredNames, type StreamField } from './fields.js'
import { planReferenceRules } from './reference-rules.js'
import { type ChosenRule, planRules, type Refuse } from './rules.js'
import { planSelection, pushedConditions } from './selection.js'

/** A stream that some dataset takes from. */
export interface PlannedStream {
  plan: StreamPlan
  connector: Connector
  stream: OpenStream
  pushed: readonly PushedCondition[]
}

export interface ProjectPlan {
  /** By `<source>/<stream>`, sources in order of name, a parent before its children. */
  streams: ReadonlyMap<string, PlannedStream>
  problems: ConfigProblem[]
  warnings: ConfigProblem[]
  /** Rules of packs that are meant for a stream and cannot be judged of its dataset, and why. */
  unjudged: { dataset: string; rule: string; why: string }[]
}

/** The streams of a source, a parent before its children. */
export function streamsOfSource(plan: ProjectPlan, source: string): PlannedStream[] {
  return [...plan.streams.values()].filter((s) => s.plan.source === source)
}

/** Names that columns were given before, by `<source>/<stream>`. */
export type AllStoredNames = ReadonlyMap<string, StoredNames>

export async function planProject(project: Project, connectors: Connectors, stored: AllStoredNames = new Map()): Promise<ProjectPlan> {
  const planner = new Planner(project, connectors, stored)
  await planner.plan()
  return {
    streams: planner.ordered(),
    problems: sortProblems(planner.problems),
    warnings: sortProblems(planner.warnings),
    unjudged: planner.unjudged,
  }
}

interface OpenedStream {
  source: SourceFile
  connector: Connector
  definition: Stream
  stream: OpenStream
  fields: StreamField[]
}

class Planner {
  readonly problems: ConfigProblem[] = []
  readonly warnings: ConfigProblem[] = []
  readonly unjudged: ProjectPlan['unjudged'] = []
  readonly #project: Project
  readonly #connectors: Connectors
  readonly #stored: AllStoredNames
  readonly #sources = new Map<string, { connector: Connector; streams: { readonly [name: string]: Stream } } | undefined>()
  readonly #opened = new Map<string, OpenedStream | undefined>()
  readonly #datasets = new Map<string, DatasetPlan[]>()

  constructor(project: Project, connectors: Connectors, stored: AllStoredNames) {
    this.#project = project
    this.#connectors = connectors
    this.#stored = stored
  }

  /** Rules that refer to other datasets, to be joined with them when all are planned. */
  readonly #references: { contract: Contract; dataset: DatasetPlan; chosen: readonly ChosenRule<ReferenceRule>[] }[] = []

  async plan(): Promise<void> {
    for (const source of this.#project.sources.values()) await this.#openSource(source)
    for (const contract of [...this.#project.datasets.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const plans: DatasetPlan[] = []
      contract.from.forEach((from, i) => {
        const key = `${from.source}/${from.stream}`
        const opened = this.#openStream(from, contract, contract.from.length > 1 ? ['from', i] : ['from'])
        if (!opened) return
        const plan = this.#planDataset(contract, opened)
        plans.push(plan)
        this.#datasets.set(key, [...(this.#datasets.get(key) ?? []), plan])
      })
      if (new Set(plans.map((p) => p.fingerprint)).size > 1) {
        this.#tell(contract.file)(
          ['from'],
          `the streams of this dataset do not land the same columns; list the columns that they share under 'columns'`,
        )
      }
    }
    this.#joinReferences()
    this.#joinBoundaries()
  }

  #joinReferences(): void {
    for (const { contract, dataset, chosen } of this.#references) {
      const standing = new Map<string, DatasetPlan[]>()
      for (const [key, datasets] of this.#datasets) {
        const [source, stream] = key.split('/') as [string, string]
        if (source === dataset.source) standing.set(stream, datasets)
      }
      dataset.referenceRules = planReferenceRules(chosen, dataset, standing, this.#refuse(contract))
    }
  }

  /** Datasets that land the buurt of a place, to be joined with that of the boundaries when all are planned. */
  readonly #placed: { contract: Contract; dataset: DatasetPlan }[] = []

  #joinBoundaries(): void {
    const { buurten } = this.#project.gemaal
    if (buurten === undefined) {
      for (const { contract } of this.#placed)
        this.#tell(contract.file)(
          ['personal'],
          `'locatie' lands as its CBS buurt, and gemaal.yaml does not name the dataset with their boundaries; expected buurten: <schema>.<dataset>`,
        )
      return
    }
    const tell = (message: string, parts?: { found: string; expected: string; nearest: string | undefined }) =>
      this.#tell('gemaal.yaml')(['buurten'], message, parts)
    const names = [...this.#project.datasets.keys()]
    if (!names.includes(buurten)) {
      tell(`there is no dataset '${buurten}'`, {
        found: buurten,
        expected: `one of ${names.join(', ')}`,
        nearest: nearestWord(buurten, names),
      })
      return
    }
    const plan = [...this.#datasets.values()].flat().find(({ name }) => name === buurten)
    const fields = plan && this.#opened.get(`${plan.source}/${plan.stream}`)?.fields
    if (!plan || !fields) return // told at the dataset
    const used = boundariesIn(plan, fields)
    if ('why' in used) tell(`dataset '${buurten}' cannot say where buurten are: ${used.why}`)
    else for (const { dataset } of this.#placed) dataset.buurten = used
  }

  /** A rule that cannot be judged of a dataset: a fault of the project where it is the contract's own, else it is left out. */
  #refuse({ name, file }: Contract): Refuse {
    return ({ rule, at, own }, path, why, parts) => {
      if (own) this.#tell(file)([...at, ...path], why, parts)
      else this.unjudged.push({ dataset: name, rule: rule.id, why })
    }
  }

  ordered(): Map<string, PlannedStream> {
    const result = new Map<string, PlannedStream>()
    const add = (key: string) => {
      const opened = this.#opened.get(key)
      const datasets = this.#datasets.get(key)
      if (!opened || !datasets || result.has(key)) return
      const { parent, after = [] } = opened.definition
      for (const name of [...(parent ? [parent.stream] : []), ...after]) add(`${opened.source.name}/${name}`)
      result.set(key, {
        plan: streamPlan(opened, datasets),
        connector: opened.connector,
        stream: opened.stream,
        pushed: pushedConditions(opened.definition, datasets),
      })
    }
    for (const key of [...this.#datasets.keys()].sort()) add(key)
    return result
  }

  #tell(file: string): Tell {
    return (path, message, parts) => this.problems.push(problem(this.#project.at(file, path), message, parts))
  }

  async #openSource(source: SourceFile): Promise<void> {
    const tell = this.#tell(source.file)
    this.#sources.set(source.name, undefined)
    if (!this.#connectors.names.includes(source.connector)) {
      const { names } = this.#connectors
      tell(['connector'], `there is no connector '${source.connector}'`, {
        found: source.connector,
        expected: `one of ${names.join(', ')}`,
        nearest: nearestWord(source.connector, names),
      })
      return
    }
    try {
      const connector = await this.#connectors.get(source.connector)
      if (source.notificaties && !connector.notificaties)
        tell(['notificaties'], `connector '${source.connector}' makes nothing of notificaties; expected no 'notificaties' here`)
      const known = Object.keys(connector.settings?.shape ?? {})
      for (const key of Object.keys(source.settings)) {
        if (!known.includes(key))
          tell([key], `unknown key '${key}'`, {
            found: key,
            expected: known.length > 0 ? `a common key, or one of ${known.join(', ')}` : 'a key that all sources have',
            nearest: nearestWord(key, known),
          })
      }
      const streams = this.#streamSettings(source, connector)
      if (streams)
        this.#sources.set(source.name, { connector, streams: streamsOf(connector, { settings: source.settings as JsonObject, streams }) })
    } catch (error) {
      if (!(error instanceof InvalidConnector)) throw error
      tell(['connector'], error.message)
    }
  }

  /** The settings of the streams that a source file states, as the connector's form reads them; undefined when one does not fit. */
  #streamSettings(source: SourceFile, connector: Connector): { [name: string]: JsonObject } | undefined {
    const form = connector.streamSettings
    const before = this.problems.length
    if (!form && Object.keys(source.streams).length > 0) {
      this.#tell(source.file)(['streams'], `connector '${source.connector}' has streams of its own; expected no 'streams' here`)
    }
    const streams = Object.entries(source.streams).map(([name, written]) => {
      if (!form) return [name, written as JsonObject] as const
      const reading = readSettings(form, written, this.#project, { file: source.file, path: ['streams', name] })
      this.problems.push(...reading.problems)
      return [name, (reading.value ?? {}) as JsonObject] as const
    })
    return this.problems.length > before ? undefined : Object.fromEntries(streams)
  }

  #openStream(from: { source: string; stream: string }, contract: Contract, path: (string | number)[]): OpenedStream | undefined {
    const key = `${from.source}/${from.stream}`
    if (this.#opened.has(key)) return this.#opened.get(key)
    const tell = this.#tell(contract.file)
    const source = this.#project.sources.get(from.source)
    const opened = this.#sources.get(from.source)
    if (!source || !opened) return undefined // told at the source
    const names = Object.keys(opened.streams)
    const definition = opened.streams[from.stream]
    if (!definition) {
      tell(path, `connector '${source.connector}' has no stream '${from.stream}'`, {
        found: from.stream,
        expected: `one of ${names.join(', ')}`,
        nearest: nearestWord(from.stream, names),
      })
      return undefined
    }
    const stream = openStream(from.stream, opened.streams)
    const { fields, faults } = fieldsOfStream(stream, this.#stored.get(key))
    for (const fault of faults) tell(path, fault)
    const result = { source, connector: opened.connector, definition, stream, fields }
    this.#opened.set(key, result)
    return result
  }

  #planDataset(contract: Contract, opened: OpenedStream): DatasetPlan {
    const { source, definition, stream, fields } = opened
    const tell = this.#tell(contract.file)
    const activity = contract.activity === undefined ? undefined : this.#project.activities.get(contract.activity)
    if (!activity && fields.some((f) => isPersonal(f.kind) || f.inside?.some((i) => isPersonal(i.kind)))) {
      tell(
        [],
        `missing key 'activity': stream '${stream.name}' holds data on persons, so that a processing activity has to say what it is for, even if all of that is dropped`,
      )
    }
    const turn = keysFor(contract, activity)
    const landing = planColumns(contract, activity, fields, tell)
    const where = planSelection(contract, fields, turn, tell)
    const { rules, setRules, loadRules, referenceRules } = planRules(
      contract,
      this.#project.packs,
      stream.name,
      definition,
      fields,
      landing.columns,
      tell,
      this.#refuse(contract),
    )
    const names = landing.columns.map((c) => c.name)
    contract.indexes.forEach((column, i) => {
      if (!names.includes(column))
        tell(['indexes', i], `there is no column '${column}' in this dataset`, {
          found: column,
          expected: `one of ${names.join(', ')}`,
          nearest: nearestWord(column, names),
        })
    })
    const kinds = personalKindsOf(landing)
    const personal = kinds.length > 0
    for (const kind of contract.personal) {
      if (
        !kinds.includes(kind) &&
        activity &&
        'treatment' in turn(kind) &&
        !fields.some((f) => f.kind === kind || f.inside?.some((i) => i.kind === kind))
      ) {
        tell(['personal', contract.personal.indexOf(kind)], `stream '${stream.name}' has no field of kind '${kind}'`)
      }
      const verdict = turn(kind)
      if ('why' in verdict)
        tell(
          ['personal', contract.personal.indexOf(kind)],
          `activity '${contract.activity}' does not allow '${kind}'; have the FG name it under 'personal' in activities.yaml`,
          { found: kind },
        )
    }
    const retention = contract.retention ?? definition.defaults?.retention
    if (personal && !retention)
      tell([], `missing key 'retention': personal data lands; expected { follow: column } or { keep: 5 years, after: column }`)
    if (contract.access === 'everyone' && personal)
      tell(['access'], `'everyone', while data of kind ${kinds.join(', ')} lands; expected 'activity'`)
    const plan: Omit<DatasetPlan, 'fingerprint'> = {
      name: contract.name,
      schema: contract.schema,
      table: contract.table,
      title: contract.title,
      description: contract.description ?? definition.description ?? contract.title,
      owner: contract.owner,
      version: contract.version,
      source: source.name,
      stream: stream.name,
      sourceInKey: contract.from.length > 1,
      activity: contract.activity,
      domain: activity?.domain,
      columns: landing.columns,
      children: landing.children,
      where,
      rules,
      setRules,
      referenceRules: [],
      loadRules,
      indexes: contract.indexes,
      history: contract.history,
      freshWithin: contract.fresh,
      retention,
      refused: contract.refused,
      holds: {
        deleted: contract.holds.deleted ? thresholdOf(contract.holds.deleted) : defaultDeletes,
        quarantined: contract.holds.quarantined && thresholdOf(contract.holds.quarantined),
        scope: contract.holds.scope,
      },
      access: contract.access ?? (personal ? 'activity' : 'everyone'),
      personal,
      left: landing.left,
    }
    const placed = landsAs(landing, 'buurt')
    const planned: DatasetPlan = { ...plan, fingerprint: fingerprintOf(plan, fields, placed ? this.#project.gemaal.buurten : undefined) }
    if (placed) this.#placed.push({ contract, dataset: planned })
    this.#references.push({ contract, dataset: planned, chosen: referenceRules })
    return planned
  }
}

/** What decides the table and the values in it. The place of a field in the stream does not, since streams of several sources may feed it. */
function fingerprintOf(plan: Omit<DatasetPlan, 'fingerprint'>, fields: readonly StreamField[], boundaries: string | undefined): string {
  const { columns, children, where, rules, domain, history, refused, sourceInKey } = plan
  const decides = JSON.stringify(
    [columns, children, where, rules, domain ?? null, history, refused, sourceInKey, ...(boundaries ? [boundaries] : [])],
    (name, value) => {
      if (name === 'description' || name === 'nl' || name === 'en') return undefined
      if (name === 'fields' && Array.isArray(value)) return value.map((at) => fields[at]?.path.join('.'))
      return name === 'field' && typeof value === 'number' ? fields[value]?.path.join('.') : value
    },
  )
  return createHash('sha256').update(decides).digest('hex').slice(0, 16)
}

/** The fields that a rule looks at. */
export function fieldsOf(rule: PlannedRule): readonly number[] {
  return rule.level === 'field' ? [rule.field] : rule.fields
}

/** The plan of one reading: the fields that some dataset lands, judges or selects by, and the datasets with their places in them. */
function streamPlan(opened: OpenedStream, datasets: readonly DatasetPlan[]): StreamPlan {
  const used = new Set<number>()
  for (const [i, field] of opened.fields.entries()) if (field.key) used.add(i)
  for (const d of datasets) for (const part of [...d.columns, ...d.children, ...d.where]) used.add(part.field)
  for (const d of datasets) for (const rule of d.rules) for (const field of fieldsOf(rule)) used.add(field)
  const order = [...used].sort((a, b) => a - b)
  const place = new Map(order.map((old, now) => [old, now]))
  const move = <T extends { field: number }>(part: T): T => ({ ...part, field: place.get(part.field)! })
  const fields: ShapedField[] = order.map((i) => {
    const { lands: _, ...field } = opened.fields[i]!
    return field
  })
  return {
    source: opened.source.name,
    stream: opened.stream.name,
    connector: opened.source.connector,
    fields,
    key: fields.flatMap((f, i) => (f.key ? [i] : [])), // as the key columns of every dataset stand
    datasets: datasets.map((d) => ({
      ...d,
      columns: d.columns.map(move),
      children: d.children.map(move),
      where: d.where.map(move),
      rules: d.rules.map((rule) => (rule.level === 'field' ? move(rule) : { ...rule, fields: rule.fields.map((f) => place.get(f)!) })),
    })),
    exact: opened.stream.exact,
    known: opened.fields.map((f) => f.path),
  }
}
