/** What a hold is and what each decision does, in sentences. */
import type { Decision } from '../sql/hold-decisions.js'
import type { Hold } from '../sql/holds.js'
import { relative } from './output.js'

export function waitsWords(hold: Hold): string {
  if (hold.withholds === 'all') return 'nothing of its run is published'
  return `${hold.keys} deletes wait, the rest is published`
}

export function stateWords(hold: Hold): string {
  if (hold.status === 'accepted')
    return hold.carriedOut ? 'accepted' : `accepted, not carried out yet (gemaal holds accept ${hold.id} goes on)`
  if (hold.status === 'open') return 'waits for a person'
  return hold.superseded_by ? 'superseded by a newer reading' : hold.status
}

const count = (value: unknown) => (typeof value === 'number' ? value : 0)

/** Why it waits, as a sentence. */
export function whyWords({ why, facts, dataset, source }: Hold): string {
  switch (why) {
    case 'deletes':
      return `The listing lacks ${count(facts.candidates)} of the ${count(facts.rows)} rows of ${dataset}, more than its contract lets go without a look.`
    case 'empty':
      return `The listing lacks all ${count(facts.rows)} rows of ${dataset}.`
    case 'scope narrower':
      return `The rights of our token at ${source} got narrower: ${count(facts.candidates)} rows of ${dataset} may be out of sight rather than gone.`
    case 'scope wider':
      return `The rights of our token at ${source} got wider: ${dataset} would get records that we may not see by what was accepted.${also(facts)}`
    case 'quarantined':
      return `${count(facts.quarantined)} of ${count(facts.read)} records of ${dataset} were refused, more than its contract takes.${also(facts)}`
    case 'rule':
      return `In ${dataset} ${brokenWords(facts)}.`
  }
}

/** The rules of severity `hold` that do not hold, with how much breaks them. */
function brokenWords({ rules }: Hold['facts']): string {
  const broken = (Array.isArray(rules) ? rules : []) as { rule: string; count: number; of: number; detail?: string }[]
  return broken
    .map(({ rule, count, of, detail }) => (detail ? `${rule} does not hold: ${detail}` : `${count} of ${of} rows break ${rule}`))
    .join('; ')
}

/** What waits for another reason can break rules too: who lets it through lets that through. */
function also(facts: Hold['facts']): string {
  const words = brokenWords(facts)
  return words ? ` Beside that, ${words}.` : ''
}

/** What a decision does, as a sentence. */
export function effect(hold: Hold, decision: Decision): string {
  const { dataset, source, why } = hold
  if (decision === 'reject')
    return hold.withholds === 'all'
      ? `Reject: what the run read is dropped, ${dataset} stays as it is${why === 'scope wider' ? ', the accepted rights too' : ''}, and the next run holds again unless the cause is mended.`
      : `Reject: the rows stay${why === 'scope narrower' ? ' and so do the accepted rights' : ''}; the next full run holds again unless the cause is mended.`
  if (decision === 'freeze')
    return why === 'scope narrower'
      ? `Freeze: these rights of ${source} are what later runs are compared with; rows out of sight stay in ${dataset} as they are.`
      : `Freeze: the rows stay in ${dataset}, whatever later listings show, until the hold is accepted after all.`
  switch (why) {
    case 'deletes':
    case 'empty':
      return 'Accept: the source is asked for each key, and rows that are gone there are deleted.'
    case 'scope narrower':
      return `Accept: these rights of ${source} are what later runs are compared with, for all its datasets; rows that we may not see any more leave ${dataset}.`
    case 'scope wider':
      return `Accept: these rights of ${source} are what later runs are compared with, for all its datasets, and what was held is published.${
        Array.isArray(hold.facts.narrower) && hold.facts.narrower.length > 0
          ? ' They got narrower too: the next run holds for the rows that vanished by that.'
          : ''
      }`
    case 'quarantined':
      return 'Accept: what passed is published, what was refused goes to quarantine.'
    case 'rule':
      return `Accept: what was held is published, and the next runs of ${dataset} wait only when more rows break the rule.`
  }
}

export function decisionsOf(hold: Hold): { decision: Decision; does: string }[] {
  const decisions: Decision[] =
    hold.status === 'open'
      ? hold.withholds === 'all'
        ? ['accept', 'reject']
        : ['accept', 'freeze', 'reject']
      : hold.status === 'frozen'
        ? ['accept']
        : []
  return decisions.map((decision) => ({ decision, does: effect(hold, decision) }))
}

export function rejected(hold: Hold): string {
  return `The next ${hold.withholds === 'all' ? '' : 'full '}run holds again unless the cause is mended.`
}

export function already(hold: Hold): string {
  if (hold.status === 'superseded')
    return `hold ${hold.id} was superseded by a newer reading of ${hold.dataset}; \`gemaal holds list\` shows what waits now.`
  return `hold ${hold.id} was ${hold.status} by ${hold.decided_by} ${relative(hold.decided_at!)}: ${hold.reason}`
}
