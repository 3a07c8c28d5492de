/** `gemaal try <source>/<stream>`: asks the source, and shows what would land and what is odd. Writes nothing; needs no Temporal and no Postgres. */
import type { DatasetPlan, StreamPlan } from '../config/dataset-plan.js'
import { findPseudonymKey } from '../config/values.js'
import type { Key, KeyAnswer, Page, SourceRecord } from '../connectors/connector.js'
import type { OpenStream } from '../connectors/stream.js'
import { rulesTogether } from '../sql/plan-rules.js'
import type { Pseudonymise } from '../worker/pipeline/shield.js'
import type { PlannedStream } from '../worker/planning/plan.js'
import { newPseudonymKey, pseudonymiser, readPseudonymKey } from '../worker/pseudonyms.js'
import { pseudonymises } from '../worker/workspace.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { prepareLanding, type TriedRecord } from './landing.js'
import { notThere } from './project-here.js'
import { type OpenReading, openReading, type Requests, sliceContextOf, streamHere } from './reading.js'
import { withoutByKey } from './stream-words.js'
import { type Surprise, Surprises } from './surprises.js'

interface TryOptions {
  limit: string
  key?: string[]
  dataset?: string
}

const mostSurprises = 5
/** Requests that are listed one by one. */
const mostRequests = 20

export async function run(context: CommandContext, [name = '']: string[], options: TryOptions): Promise<number> {
  const { out } = context
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError(`--limit: expected a whole number of 1 or more, not '${options.limit}'`)
  const here = await streamHere(context, name)
  const { plan, stream } = here.planned
  const shown = shownDataset(plan, options.dataset)
  tellDatasets(context, plan, shown, here.withoutDataset)
  const landing = prepareLanding(plan, pseudonymisersFor(context))
  const surprises = new Surprises({
    fields: stream.fields,
    key: stream.key,
    mayShow: (path) => landsAsItIs(plan, shown, path),
    holdsRsin: (path) => isRsin(plan, shown, path),
  })
  const reading = openReading(context, { ...here, connector: here.planned.connector, stream })
  const stop = new AbortController()
  const interrupt = () => stop.abort(new Interrupted())
  process.once('SIGINT', interrupt)
  const tried: Tried = { records: [], read: 0, pages: 0, whole: false, unreadable: [], answers: [] }
  try {
    if (options.key) await readKeys(here.planned, reading, keysOf(stream, options.key), tried, stop.signal)
    else await readPages(here.planned, reading, limit, tried, stop.signal)
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      tellRequests(context, reading.requests)
      throw error
    }
  } finally {
    process.removeListener('SIGINT', interrupt)
    reading.close()
  }
  for (const page of tried.records) surprises.addPage(page)
  const outcomes = tried.records.flat().map((record) => landing.land(record))
  const counts = plan.datasets.map((dataset, i) =>
    countsOf(
      dataset,
      outcomes.map((o) => o[i]!),
    ),
  )
  const records = outcomes.slice(0, limit).map((o) => o[shown]!)
  const odd = surprises.largest(mostSurprises)
  if (out.json) {
    const { read, pages, whole, unreadable, answers } = tried
    out.data({
      stream: name,
      dataset: here.withoutDataset ? null : landing.names[shown],
      requests: reading.requests,
      read,
      pages,
      whole,
      records,
      datasets: here.withoutDataset ? [] : counts,
      unreadable,
      answers,
      surprises: odd,
    })
  } else {
    for (const [i, record] of records.entries()) out.data(recordText(record, i + 1))
    tellRequests(context, reading.requests)
    tellOutcome(context, tried, records.length, here.withoutDataset ? [] : counts)
    tellSurprises(context, odd)
  }
  return stop.signal.aborted ? exit.interrupted : exit.good
}

class Interrupted extends Error {}

interface Tried {
  /** Records by page. */
  records: SourceRecord[][]
  read: number
  pages: number
  /** The stream ended before the limit. */
  whole: boolean
  unreadable: { key: Key | null; reason: string }[]
  /** Keys that were asked for and not found. */
  answers: { key: Key; says: 'gone' | 'forbidden' }[]
}

// ------------------------------------------------------------------------------------------------------------------------- reading

async function readPages(planned: PlannedStream, reading: OpenReading, limit: number, tried: Tried, signal: AbortSignal): Promise<void> {
  const { stream } = planned
  const context = sliceContextOf(reading, planned, signal)
  for (const slice of await stream.slices(context)) {
    const pages = stream.read({ ...context, slice, cursor: undefined })
    try {
      for (;;) {
        const { done, value } = await pages.next()
        if (done) break
        take(tried, value)
        if (tried.read >= limit) return
      }
    } finally {
      await pages.return({ complete: false })
    }
  }
  tried.whole = true
}

function take(tried: Tried, page: Page): void {
  tried.pages += 1
  tried.read += page.records.length
  tried.records.push(page.records)
  tried.unreadable.push(...(page.unreadable ?? []))
}

async function readKeys(planned: PlannedStream, reading: OpenReading, keys: Key[], tried: Tried, signal: AbortSignal): Promise<void> {
  const { stream } = planned
  if (!stream.byKey) throw new UsageError(`--key: stream '${stream.name}' cannot be asked for a record; ${withoutByKey}`)
  const { fields } = sliceContextOf(reading, planned, signal)
  const records: SourceRecord[] = []
  for await (const answer of stream.byKey({ ...reading.context(signal), fields }, keys)) {
    const says = saysOf(answer)
    if ('found' in answer) records.push(answer.found)
    else if ('unreadable' in answer) tried.unreadable.push({ key: answer.key, reason: answer.unreadable })
    else if (says) tried.answers.push({ key: answer.key, says })
  }
  tried.records.push(records)
  tried.read = records.length
}

function saysOf(answer: KeyAnswer): 'gone' | 'forbidden' | undefined {
  return 'gone' in answer ? 'gone' : 'forbidden' in answer ? 'forbidden' : undefined
}

/** `--key <value>`, or `--key field=value,field=value` for a key of several fields. */
function keysOf(stream: OpenStream, written: readonly string[]): Key[] {
  const [only] = stream.key
  return written.map((text) => {
    if (stream.key.length === 1) return { [only!]: text.startsWith(`${only}=`) ? text.slice(only!.length + 1) : text }
    const parts = Object.fromEntries(text.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))
    if (stream.key.some((field) => parts[field] === undefined))
      throw new UsageError(`--key: expected ${stream.key.map((field) => `${field}=…`).join(',')}`)
    return Object.fromEntries(stream.key.map((field) => [field, parts[field]!]))
  })
}

// ------------------------------------------------------------------------------------------------------------------------ datasets

/** Position of the dataset as which records are shown: one that takes all of them, where there is one. */
function shownDataset({ datasets }: StreamPlan, asked: string | undefined): number {
  if (asked === undefined)
    return Math.max(
      0,
      datasets.findIndex((d) => d.where.length === 0),
    )
  const at = datasets.findIndex((d) => d.name === asked)
  if (at >= 0) return at
  throw notThere(
    'dataset of this stream',
    asked,
    datasets.map((d) => d.name),
  )
}

function tellDatasets({ out }: CommandContext, { datasets }: StreamPlan, shown: number, withoutDataset: boolean): void {
  if (withoutDataset) out.say('No dataset takes from this stream: shown are the fields that say nothing of a person.')
  else if (datasets.length > 1)
    out.say(`Shown as ${datasets[shown]!.name} takes it; --dataset shows another of ${datasets.map((d) => d.name).join(', ')}.`)
  else out.say(`Shown as ${datasets[shown]!.name} takes it.`)
}

/** The keys of the domains; where one is not here a random one, so that a try shows the form of what lands and no more. */
function pseudonymisersFor(context: CommandContext): (dataset: DatasetPlan) => Pseudonymise | undefined {
  const made = new Map<string, Pseudonymise>()
  return (dataset) => {
    const { domain } = dataset
    if (domain === undefined || !pseudonymises(dataset)) return undefined
    const known = made.get(domain)
    if (known) return known
    const found = findPseudonymKey(domain, context.environment)
    const key = found.value && readPseudonymKey(domain, found.value.reveal())
    if (!key) context.out.say(`The key of domain '${domain}' is not here: pseudonyms are made with a random key, for this try alone.`)
    const pseudonymise = pseudonymiser(key ?? readPseudonymKey(domain, newPseudonymKey(domain))!)
    made.set(domain, pseudonymise)
    return pseudonymise
  }
}

function landsAsItIs({ datasets, fields }: StreamPlan, shown: number, path: string): boolean {
  return datasets[shown]!.columns.some((c) => fields[c.field]!.path.join('.') === path && c.kind === 'none' && c.treatment === 'keep')
}

function isRsin({ datasets, fields }: StreamPlan, shown: number, path: string): boolean {
  return datasets[shown]!.rules.some((r) => r.level === 'field' && r.check.name === 'rsin' && fields[r.field]!.path.join('.') === path)
}

interface Counts {
  dataset: string
  land: number
  quarantine: number
  outside: number
  findings: { [rule: string]: number }
  /** Rules of the dataset that cannot be told of single records. */
  notJudged: string[]
}

function countsOf(plan: DatasetPlan, records: readonly TriedRecord[]): Counts {
  const notJudged = rulesTogether(plan).map((rule) => rule.id)
  const counts: Counts = { dataset: plan.name, land: 0, quarantine: 0, outside: 0, findings: {}, notJudged }
  for (const { goes, findings } of records) {
    counts[goes] += 1
    for (const rule of new Set(findings.map((f) => f.rule))) counts.findings[rule] = (counts.findings[rule] ?? 0) + 1
  }
  return counts
}

// -------------------------------------------------------------------------------------------------------------------------- telling

const goesWords: { readonly [goes in TriedRecord['goes']]: string } = {
  land: 'lands',
  quarantine: 'goes to quarantine',
  outside: 'is outside: it does not meet the conditions of the contract',
}

function recordText({ goes, columns, children, findings }: TriedRecord, number: number): string {
  const filled = Object.entries(columns).filter(([, value]) => value !== null)
  const width = Math.max(0, ...filled.map(([name]) => name.length))
  const lines = [`record ${number} ${goesWords[goes]}`]
  for (const [name, value] of filled)
    lines.push(`  ${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  for (const [table, rows] of Object.entries(children)) if (rows.length > 0) lines.push(`  ${table}: ${rows.length} rows`)
  const empty = Object.keys(columns).length - filled.length
  if (goes === 'land' && empty > 0) lines.push(`  (${empty} columns are empty)`)
  for (const { rule, severity, column, detail, nl } of findings)
    lines.push(
      `  ! ${rule} (${severity})${column === null ? '' : ` on ${column}`}${detail === null ? '' : `: ${detail}`}${nl === null ? '' : `. ${nl}`}`,
    )
  return `${lines.join('\n')}\n`
}

function tellRequests({ out }: CommandContext, { sent, again }: Requests): void {
  if (out.json) return
  if (sent.length === 0) {
    out.say('No request was answered.')
    return
  }
  out.say(`${sent.length} ${sent.length === 1 ? 'request' : 'requests'}${again > 0 ? `, ${again} of them again after a failure` : ''}:`)
  for (const { method, url, status, rows, ms } of sent.slice(0, mostRequests))
    out.say(`  ${method} ${url}  ${status ?? `${rows} rows`}, ${ms} ms`)
  if (sent.length > mostRequests) out.say(`  … and ${sent.length - mostRequests} more`)
}

function tellOutcome({ out }: CommandContext, tried: Tried, shown: number, counts: readonly Counts[]): void {
  const { read, pages, whole, unreadable, answers } = tried
  out.say()
  for (const { says } of answers)
    out.say(says === 'gone' ? 'A key that was asked for is gone at the source.' : 'A key that was asked for is not for us to see.')
  if (pages > 0)
    out.say(
      `Read ${read} records in ${pages} ${pages === 1 ? 'page' : 'pages'}${whole ? ', all that there are' : ''}${shown < read ? `; shown ${shown}` : ''}.`,
    )
  for (const { reason } of unreadable.slice(0, mostSurprises)) out.say(`Could not be read: ${reason}`)
  for (const { dataset, land, quarantine, outside, findings, notJudged } of counts) {
    out.say(`${dataset}: ${land} would land, ${quarantine} would go to quarantine, ${outside} would be outside.`)
    for (const [rule, n] of Object.entries(findings).sort(([, a], [, b]) => b - a))
      out.say(`  ${rule}: ${n} ${n === 1 ? 'record' : 'records'}`)
    if (notJudged.length > 0)
      out.say(`  Not to be told of single records: ${notJudged.length} ${notJudged.length === 1 ? 'rule' : 'rules'}, which a run judges.`)
  }
}

function tellSurprises({ out }: CommandContext, surprises: readonly Surprise[]): void {
  out.say()
  if (surprises.length === 0) {
    out.say('No surprises: every record is as its connector describes.')
    return
  }
  out.say('Surprises:')
  for (const { words } of surprises) out.say(`  ${words}`)
}
