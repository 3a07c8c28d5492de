/** What in the records of a source is not as its connector describes: said by field, with counts, and without values that do not land. */
import { isLosslessNumber } from 'lossless-json'
import { personalValues } from '../config/checks.js'
import type { SourceRecord } from '../connectors/connector.js'
import type { RecordField } from '../connectors/record.js'
import { judgePersonal, look, noCounts, type PersonalCounts } from '../worker/rules/detector.js'

export interface Surprise {
  what:
    | 'repeated page'
    | 'key without value'
    | 'doubled key'
    | 'personal value'
    | 'other type'
    | 'unknown code'
    | 'undescribed field'
    | 'missing value'
  /** Path of the field; undefined where it is about whole records. */
  field?: string
  /** Records, or pages, that are touched. */
  count: number
  words: string
}

/** Those that break a reading come first, however few they are. */
const ranks: readonly Surprise['what'][] = [
  'repeated page',
  'key without value',
  'doubled key',
  'personal value',
  'other type',
  'unknown code',
  'undescribed field',
  'missing value',
]

const mostCodes = 3
/** A column of which so few values are personal is about something else: the bound of the rules on it, too. */
const mostPersonal = 0.01

export interface SurpriseOptions {
  /** All that the stream describes, landing or not. */
  fields: readonly RecordField[]
  key: readonly string[]
  /** Whether a value of the field lands as it is and says nothing of a person, so that it may be shown. */
  mayShow(path: string): boolean
  /** Whether a rule says that the field holds RSINs, which pass the test of a BSN. */
  holdsRsin(path: string): boolean
}

/** Looks at records as they go by. */
export class Surprises {
  readonly #options: SurpriseOptions
  readonly #known: ReadonlySet<string>
  /** Key → content of the record that had it first. */
  readonly #keys = new Map<string, string>()
  readonly #pages = new Map<string, number>()
  readonly #repeated: { page: number; of: number }[] = []
  readonly #types = new Map<string, Map<string, number>>()
  readonly #codes = new Map<string, Map<string, number>>()
  readonly #missing = new Map<string, number>()
  readonly #undescribed = new Map<string, number>()
  /** Of fields that land as what says nothing of a person. */
  readonly #personal = new Map<string, PersonalCounts>()
  #records = 0
  #pageCount = 0
  #withoutKey = 0
  #doubled = { same: 0, other: 0 }

  constructor(options: SurpriseOptions) {
    this.#options = options
    this.#known = new Set(options.fields.map((f) => f.path[0]!))
  }

  addPage(records: readonly SourceRecord[]): void {
    this.#pageCount += 1
    const signature = records.map((record) => this.#keyOf(record) ?? '').join('\n')
    const earlier = this.#pages.get(signature)
    if (records.length > 0 && earlier !== undefined) this.#repeated.push({ page: this.#pageCount, of: earlier })
    else this.#pages.set(signature, this.#pageCount)
    for (const record of records) this.#add(record)
  }

  /** The largest, those that matter most first. */
  largest(most: number): Surprise[] {
    return [
      ...this.#repeated.map(
        ({ page, of }): Surprise => ({ what: 'repeated page', count: 1, words: `page ${page} shows the records of page ${of} again` }),
      ),
      ...this.#aboutKeys(),
      ...this.#aboutPersons(),
      ...this.#aboutTypes(),
      ...this.#aboutCodes(),
      ...[...this.#undescribed].map(
        ([field, count]): Surprise => ({
          what: 'undescribed field',
          field,
          count,
          words: `'${field}' is not described, so that it does not land: in ${this.#of(count)} records`,
        }),
      ),
      ...[...this.#missing].map(
        ([field, count]): Surprise => ({
          what: 'missing value',
          field,
          count,
          words: `'${field}' is always there, as its description says, and is empty or absent in ${this.#of(count)} records`,
        }),
      ),
    ]
      .sort((a, b) => ranks.indexOf(a.what) - ranks.indexOf(b.what) || b.count - a.count)
      .slice(0, most)
  }

  #add(record: SourceRecord): void {
    this.#records += 1
    const key = this.#keyOf(record)
    if (key === undefined) this.#withoutKey += 1
    else {
      const content = JSON.stringify(record)
      const first = this.#keys.get(key)
      if (first === undefined) this.#keys.set(key, content)
      else this.#doubled[first === content ? 'same' : 'other'] += 1
    }
    for (const field of this.#options.fields) this.#addField(record, field)
    for (const name of Object.keys(record)) if (!this.#known.has(name)) count(this.#undescribed, name)
  }

  #addField(record: SourceRecord, field: RecordField): void {
    const path = field.path.join('.')
    const value = valueAt(record, field.path)
    if (value === undefined || value === null || value === '') {
      if (field.required) count(this.#missing, path)
      return
    }
    count(inner(this.#types, path), typeName(value))
    if (!field.codes && this.#options.mayShow(path)) this.#lookFor(path, value)
    if (!field.codes) return
    for (const code of [value].flat())
      if (typeof code === 'string' && code !== '' && !field.codes.includes(code)) count(inner(this.#codes, path), code)
  }

  #keyOf(record: SourceRecord): string | undefined {
    const values = this.#options.key.map((name) => record[name])
    if (values.some((v) => v === undefined || v === null || v === '')) return undefined
    return JSON.stringify(values.map(String))
  }

  #aboutKeys(): Surprise[] {
    const key = this.#options.key.join(', ')
    const { same, other } = this.#doubled
    return [
      ...(this.#withoutKey > 0
        ? [
            {
              what: 'key without value',
              field: key,
              count: this.#withoutKey,
              words: `the key (${key}) is empty in ${this.#of(this.#withoutKey)} records`,
            } as const,
          ]
        : []),
      ...(same + other > 0
        ? [
            {
              what: 'doubled key',
              field: key,
              count: same + other,
              words: `${same + other} ${same + other === 1 ? 'record has' : 'records have'} a key (${key}) that came before, ${other === 0 ? 'each with the same content' : `${other} of them with other content`}`,
            } as const,
          ]
        : []),
    ]
  }

  #lookFor(path: string, value: unknown): void {
    const counts = this.#personal.get(path) ?? noCounts()
    this.#personal.set(path, counts)
    for (const one of [value].flat()) if (typeof one === 'string') look(counts, one)
  }

  #aboutPersons(): Surprise[] {
    return [...this.#personal].flatMap(([field, counts]) =>
      personalValues.flatMap((value): Surprise[] => {
        if (value === 'bsn' && this.#options.holdsRsin(field)) return []
        const { violation, detail } = judgePersonal(counts, value, mostPersonal)
        if (!violation) return []
        return [
          {
            what: 'personal value',
            field,
            count: counts[value],
            words: `'${field}' is described as saying nothing of a person, and ${detail}: have its connector state a kind`,
          },
        ]
      }),
    )
  }

  #aboutTypes(): Surprise[] {
    return this.#options.fields.flatMap((field) => {
      const path = field.path.join('.')
      const types = [...(this.#types.get(path) ?? [])].sort(([, a], [, b]) => b - a)
      const expected = expectedTypes(field)
      const odd = types.filter(([type]) => !expected.includes(type))
      if (odd.length === 0) return []
      const touched = odd.reduce((sum, [, n]) => sum + n, 0)
      const all = types.map(([type, n]) => `${type} in ${n}`).join(', ')
      return [
        {
          what: 'other type',
          field: path,
          count: touched,
          words: `'${path}' is described as ${expected[0]} and is ${all} records`,
        } as const,
      ]
    })
  }

  #aboutCodes(): Surprise[] {
    return [...this.#codes].map(([field, codes]) => {
      const total = [...codes.values()].reduce((sum, n) => sum + n, 0)
      const shown = [...codes].sort(([, a], [, b]) => b - a).slice(0, mostCodes)
      const which = this.#options.mayShow(field)
        ? `: ${shown.map(([code]) => `'${code}'`).join(', ')}${codes.size > mostCodes ? ', …' : ''}`
        : ''
      return {
        what: 'unknown code',
        field,
        count: total,
        words: `'${field}' has ${codes.size} ${codes.size === 1 ? 'code' : 'codes'} that its list does not have, ${total === 1 ? 'once' : `${total} times`}${which}`,
      }
    })
  }

  #of(count: number): string {
    return `${count} of ${this.#records}`
  }
}

/** The types in which a value of a field may come; the described one first. */
function expectedTypes(field: RecordField): string[] {
  if (field.list) return ['a list']
  switch (field.value) {
    case 'boolean':
      // Text and numbers that say a boolean or a number exactly are shaped all the same.
      return ['a boolean', 'text']
    case 'integer':
    case 'decimal':
      return ['a number', 'text']
    case 'json':
      return ['an object', 'a list']
    case 'geometry':
      return ['an object']
    default:
      return ['text']
  }
}

function typeName(value: unknown): string {
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'a boolean'
  if (typeof value === 'number' || isLosslessNumber(value)) return 'a number'
  return Array.isArray(value) ? 'a list' : 'an object'
}

function valueAt(record: SourceRecord, path: readonly string[]): unknown {
  let at: unknown = record
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as { [name: string]: unknown })[name]
  }
  return at
}

function inner(map: Map<string, Map<string, number>>, key: string): Map<string, number> {
  const found = map.get(key) ?? new Map<string, number>()
  map.set(key, found)
  return found
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1)
}
