/** What the files of a project say of each other: names that have to exist, names that collide, and what is right and not wise. */
import type { Activity } from './activity.js'
import type { Contract, From } from './dataset.js'
import type { Mart } from './mart.js'
import { type ConfigProblem, nearestWord, oneOf, problem } from './problem.js'
import type { ProjectReading } from './reading.js'
import { type RulePack, severitiesOf, severityEffects } from './rules.js'
import { type SourceFile, syncsOf } from './source.js'
import { longestGap } from './syncs.js'
import type { Path } from './yaml.js'

interface Parts {
  activities: ReadonlyMap<string, Activity>
  sources: ReadonlyMap<string, SourceFile>
  datasets: ReadonlyMap<string, Contract>
  marts: ReadonlyMap<string, Mart>
  packs: ReadonlyMap<string, RulePack>
  reading: ProjectReading
}

export function checkReferences(parts: Parts): { problems: ConfigProblem[]; warnings: ConfigProblem[] } {
  const checks = new References(parts)
  checks.domains()
  for (const source of parts.sources.values()) checks.source(source)
  checks.budgets()
  for (const contract of parts.datasets.values()) checks.contract(contract)
  for (const pack of parts.reading.packs.values()) checks.pack(pack)
  checks.tables()
  return { problems: checks.problems, warnings: checks.warnings }
}

const twoDays = 2 * 86_400

/** Twice the longest time between two syncs of the streams that feed a dataset, in seconds; where no sync reads them, two days. */
export function freshOf(from: readonly From[], sources: ReadonlyMap<string, SourceFile>): number {
  const gaps = from.map(({ source, stream }) => {
    const file = sources.get(source)
    return file && longestGap(syncsOf(file, stream))
  })
  const known = gaps.filter((gap) => gap !== undefined)
  return known.length === 0 ? twoDays : 2 * Math.max(...known)
}

class References {
  readonly problems: ConfigProblem[] = []
  readonly warnings: ConfigProblem[] = []
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** An activity without a domain is alone in the one of its own name: no other may write that name down. */
  domains(): void {
    const { activities, reading } = this.#parts
    for (const activity of activities.values()) {
      const other = activities.get(activity.domain)
      if (!other || other.name === activity.name || other.domain !== activity.domain) continue
      const place = reading.at('activities.yaml', [activity.name, 'domain'])
      const message = `the pseudonym domain '${activity.domain}' is of the activity of that name alone; where they may be joined, write 'domain' in both`
      if (other.derived.includes('domain')) this.problems.push(problem(place, message, { found: activity.domain }))
    }
  }

  source(source: SourceFile): void {
    const { datasets, reading } = this.#parts
    const taken = new Set([...datasets.values()].flatMap(({ from }) => from.filter((f) => f.source === source.name).map((f) => f.stream)))
    for (const [name, sync] of source.derived.includes('syncs') ? [] : Object.entries(source.syncs)) {
      if (sync.when.by === 'at') {
        for (const time of sync.when.times.filter((time) => time >= '02:00' && time < '03:00')) {
          const place = reading.at(source.file, ['syncs', name, 'at'])
          this.warnings.push(
            problem(place, `${time} comes twice or not at all on the nights when the clock changes; then it begins at 03:${time.slice(3)}`),
          )
        }
      }
      sync.streams?.forEach((stream, index) => {
        if (taken.has(stream)) return
        const place = reading.at(source.file, ['syncs', name, 'streams', index])
        const nearest = nearestWord(stream, taken)
        this.warnings.push(
          problem(place, `no dataset takes from '${source.name}/${stream}', so nothing of it lands`, { found: stream, nearest }),
        )
      })
    }
  }

  /** Sources that share a budget have to agree on it. */
  budgets(): void {
    const first = new Map<string, SourceFile>()
    for (const source of this.#parts.sources.values()) {
      if (!source.budget) continue
      const other = first.get(source.budget.name)
      if (!other) first.set(source.budget.name, source)
      else if (JSON.stringify(other.budget) !== JSON.stringify(source.budget)) {
        const place = this.#parts.reading.at(source.file, ['budget'])
        this.problems.push(
          problem(
            place,
            `the budget '${source.budget.name}' is shared with ${other.file}, which gives it other numbers; they have to be the same`,
          ),
        )
      }
    }
  }

  contract(contract: Contract): void {
    const { sources, reading } = this.#parts
    contract.from.forEach(({ source, stream }, index) => {
      const path: Path = ['from', index]
      if (!this.#exists('source', source, reading.names.sources, contract.file, path)) return
      const file = sources.get(source)
      if (file && syncsOf(file, stream).length === 0) {
        this.warnings.push(
          problem(reading.at(contract.file, path), `no sync of ${file.file} reads '${stream}', so it is read only when someone asks`),
        )
      }
    })
    if (contract.activity !== undefined) this.#exists('activity', contract.activity, reading.names.activities, contract.file, ['activity'])
    this.#rules(contract)
  }

  #rules({ file, rules }: Contract): void {
    const { packs, reading } = this.#parts
    const names = [...new Set([...packs.keys(), ...reading.names.packs])]
    rules.packs?.forEach((pack, index) => {
      this.#exists('rule pack', pack, names, file, ['rules', 'packs', index])
    })
    const ids = [...packs.values()].flatMap((pack) => [...pack.rules.keys()])
    for (const [id, { severity }] of Object.entries(rules.set)) {
      const pack = id.slice(0, id.indexOf('.'))
      // Of a pack that cannot be read nobody knows the rules.
      if (reading.names.packs.has(pack) && !packs.has(pack)) continue
      const rule = packs.get(pack)?.rules.get(id)
      const place = reading.keyAt(file, ['rules', 'set', id])
      if (!rule) {
        const own = [...(packs.get(pack)?.rules.keys() ?? [])]
        const expected = own.length > 0 ? oneOf(own) : `a rule of ${oneOf(names)}`
        this.problems.push(problem(place, `no pack has a rule '${id}'`, { found: id, expected, nearest: nearestWord(id, ids) }))
      } else if (!severitiesOf[rule.level].includes(severity)) {
        this.problems.push(
          problem(place, `'${id}' judges a ${rule.level}, and '${severity}' ${severityEffects[severity]}`, {
            found: severity,
            expected: `one of ${severitiesOf[rule.level].join(', ')}`,
          }),
        )
      }
    }
  }

  pack(pack: RulePack): void {
    const { packs, reading } = this.#parts
    const names = [...new Set([...packs.keys(), ...reading.names.packs])]
    pack.also.forEach((other, index) => {
      this.#exists('rule pack', other, names, pack.file, ['pack', 'also', index])
    })
  }

  /** Tables and views that would have the same name in Postgres. */
  tables(): void {
    const { datasets, marts, reading } = this.#parts
    for (const contract of datasets.values()) {
      for (const ending of ['_deleted', '_history']) {
        const base = contract.name.slice(0, -ending.length)
        if (!contract.name.endsWith(ending) || !datasets.has(base)) continue
        this.problems.push(
          problem(reading.at(contract.file), `the table ${contract.name} comes with the dataset '${base}'; give this dataset another name`),
        )
      }
      for (const [column, change] of contract.columns.take === 'all' ? Object.entries(contract.columns.changes) : []) {
        const child = datasets.get(`${contract.name}_${column}`)
        if (change.as !== 'table' || !child) continue
        const place = reading.at(contract.file, ['columns', column])
        this.problems.push(
          problem(
            place,
            `the table ${child.name} would be that of ${child.file} too; give that dataset another name, or land the column as json`,
          ),
        )
      }
    }
    for (const mart of marts.values()) {
      const contract = datasets.get(mart.name)
      if (contract)
        this.problems.push(problem(reading.at(mart.file), `the dataset of ${contract.file} has the same name; give the mart another name`))
    }
  }

  #exists(what: string, name: string, names: Iterable<string>, file: string, path: Path): boolean {
    const known = [...names]
    if (known.includes(name)) return true
    const expected = known.length === 0 ? `a file for it` : oneOf(known)
    this.problems.push(
      problem(this.#parts.reading.at(file, path), `there is no ${what} '${name}'`, {
        found: name,
        expected,
        nearest: nearestWord(name, known),
      }),
    )
    return false
  }
}
