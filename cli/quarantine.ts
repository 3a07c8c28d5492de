/** `gemaal quarantine`: records that were refused, as they were kept: after shield, with what the rules said. */
import { discardQuarantine, listQuarantine, type QuarantineFilter, showQuarantine } from '../sql/quarantine.js'
import { scalars } from '../worker/pipeline/values.js'
import { idOf, wholeNumber } from './arguments.js'
import { confirm } from './confirm.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { moment, tableText } from './output.js'
import { projectIfAny } from './project-here.js'
import { ruleTexts } from './rules-here.js'
import { whoAsks } from './runs.js'

export interface FilterOptions {
  dataset?: string
  rule?: string
  source?: string
  since?: string
}

export interface ListOptions extends FilterOptions {
  closed?: boolean
  limit?: string
  after?: string
}

export async function list(context: CommandContext, _args: string[], options: ListOptions): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const page = { limit: wholeNumber('--limit', options.limit, 1000), after: wholeNumber('--after', options.after) }
  const found = await listQuarantine(db, { ...filterOf(options), closed: options.closed }, page)
  if (out.json) {
    out.data({ ...found, next: found.next ?? null })
    return exit.good
  }
  if (found.total === 0) {
    out.say('Nothing is in quarantine by these conditions.')
    return exit.good
  }
  out.table(
    found.entries.map((e) => ({ ...e, key: keyWords(e.key), state: e.closedAt ? `${e.closedHow} ${moment(e.closedAt)}` : 'refused' })),
    [
      { name: 'id', title: 'entry', right: true },
      { name: 'dataset' },
      { name: 'key' },
      { name: 'rules' },
      { name: 'firstSeenAt', title: 'first refused' },
      { name: 'lastSeenAt', title: 'last refused' },
      { name: 'timesSeen', title: 'times', right: true },
      ...(options.closed ? [{ name: 'state' }] : []),
    ],
  )
  out.say()
  out.say(tableText(found.byRule, [{ name: 'dataset' }, { name: 'rule' }, { name: 'count', right: true }]).trimEnd())
  out.say()
  out.say(`${found.entries.length} of ${found.total}.`)
  if (found.next !== undefined) out.say(`More: the same with --after ${found.next}`)
  out.say('Next: gemaal quarantine show <entry>, or gemaal quarantine replay <entry…> when the source was mended')
  return exit.good
}

export async function show(context: CommandContext, [number = '']: string[]): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const id = idOf('entry', number)
  const entry = await showQuarantine(db, id)
  if (!entry) throw new UsageError(`there is no entry ${id} in quarantine; \`gemaal quarantine list\` shows which there are`)
  const textOf = ruleTexts(await projectIfAny(context))
  const texts = entry.rules.map((rule) => ({ rule, text: textOf(rule, entry.dataset) ?? null }))
  if (out.json) {
    out.data({ ...entry, texts: Object.fromEntries(texts.map(({ rule, text }) => [rule, text])) })
    return exit.good
  }
  out.data(`entry ${entry.id} of ${entry.dataset}, from ${entry.source}/${entry.stream}: ${keyWords(entry.key)}`)
  out.data(
    `  refused ${entry.timesSeen} times, from ${moment(entry.firstSeenAt)} (run ${entry.firstRunId}) to ${moment(entry.lastSeenAt)} (run ${entry.lastRunId})`,
  )
  out.data(`  read at ${moment(entry.readAt)} by ${entry.connector}, contract ${entry.contractVersion}`)
  if (entry.closedAt) {
    const by = [entry.closedBy && `by ${entry.closedBy}`, entry.closedReason].filter(Boolean).join(': ')
    out.data(`  closed at ${moment(entry.closedAt)}: ${entry.closedHow} ${by}`.trimEnd())
  }
  out.data('')
  out.data(tableText(entry.findings, [{ name: 'rule' }, { name: 'severity' }, { name: 'column' }, { name: 'detail' }]).trimEnd())
  for (const { rule, text } of texts) {
    if (!text) continue
    out.data('')
    out.data([rule, text.nl, text.en, `${text.mend.nl}`, `${text.mend.en}`, ...(text.source ? [`from ${text.source}`] : [])].join('\n  '))
  }
  out.data('')
  for (const [column, value] of Object.entries(entry.record))
    out.data(`  ${column}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  out.say()
  if (!entry.closedAt) out.say(`Next: mend it at the source, then gemaal quarantine replay ${entry.id}`)
  return exit.good
}

export async function discard(context: CommandContext, numbers: string[], options: { reason: string; yes?: boolean }): Promise<number> {
  const { out } = context
  const ids = [...new Set(numbers.map((n) => idOf('entry', n)))]
  await confirm(
    context,
    `${entries(ids.length)} will be closed without landing. A record that is refused again comes back with its next reading.`,
    options.yes,
  )
  const { db } = await context.warehouse()
  const closed = await discardQuarantine(db, ids, whoAsks(), options.reason)
  const others = ids.filter((id) => !closed.includes(id))
  if (out.json) out.data({ closed, others })
  else if (closed.length > 0) out.data(`closed ${closed.join(', ')}`)
  if (others.length > 0) out.say(`Not in quarantine, or closed before: ${others.join(', ')}.`)
  return closed.length === 0 ? exit.usage : exit.good
}

/** @throws UsageError when a moment cannot be read */
export function filterOf({ dataset, rule, source, since }: FilterOptions): QuarantineFilter {
  // A day begins at midnight in the Netherlands.
  const moment =
    since === undefined ? undefined : new Date(/^\d{4}-\d{2}-\d{2}$/.test(since) ? (scalars.datetime(`${since}T00:00:00`) ?? '') : since)
  if (moment && Number.isNaN(moment.getTime()))
    throw new UsageError(`--since '${since}' is no moment; expected one such as 2026-11-25 or 2026-11-25T05:30:00Z`)
  return { dataset, rule, source, since: moment }
}

export function entries(n: number): string {
  return n === 1 ? '1 entry' : `${n} entries`
}

function keyWords(key: readonly string[] | null): string {
  return key === null ? '(no key that can be read)' : key.join(' | ')
}
