/** What the privacy officer reads, in Dutch: treatments, conditions, retention, and the lines of an allowance. */
import type { Basis } from '../config/activity.js'
import type { Condition, DatasetPlan } from '../config/dataset-plan.js'
import { isSpecial, type Kind, type Treatment } from '../config/kinds.js'

export const treatmentWords: { readonly [treatment in Treatment]: string } = {
  drop: 'landt niet',
  pseudonymise: 'als pseudoniem',
  year: 'alleen het jaar',
  month: 'jaar en maand',
  pc4: 'alleen de vier cijfers',
  buurt: 'alleen de CBS-buurt',
  keep: 'zoals in de bron',
}

/** `vrije tekst`, `gezondheid (AVG art. 9)`. */
export function kindWords(kind: Kind): string {
  const words = kind.replaceAll('_', ' ')
  return isSpecial(kind) ? `${words} (AVG art. ${kind === 'strafrecht' ? '10' : '9'})` : words
}

/** The letter of AVG art. 6(1) under which each basis stands. */
export const basisLetter: { readonly [basis in Basis]: string } = {
  toestemming: 'a',
  overeenkomst: 'b',
  'wettelijke verplichting': 'c',
  'vitale belangen': 'd',
  'algemeen belang': 'e',
  'gerechtvaardigd belang': 'f',
}

const clock = new Intl.DateTimeFormat('nl-NL', { dateStyle: 'long', timeZone: 'UTC' })

/** `2026-10-14` → `14 oktober 2026`. */
export function dayWords(day: string): string {
  return clock.format(new Date(`${day}T00:00:00Z`))
}

/** A condition of `where` as half a sentence: `einddatum` is leeg. */
export function conditionWords(condition: Omit<Condition, 'field'>): string {
  const it = `\`${condition.column}\``
  const given = condition as Condition
  switch (given.test) {
    case 'null':
      return `${it} is leeg`
    case 'in': {
      const values = given.values.map((value) => value ?? 'leeg')
      return values.length === 1 ? `${it} is ${values[0]}` : `${it} is een van ${values.join(', ')}`
    }
    case 'atMost':
      return `${it} is ten hoogste ${given.value}`
    case 'range': {
      const from = given.from === undefined ? [] : [`${momentWords(given.from)} of later`]
      const to = given.to === undefined ? [] : [`voor ${momentWords(given.to)}`]
      return `${it} is ${[...from, ...to].join(' en ')}`
    }
  }
}

/** A moment that is the beginning of a Dutch day is told as that day. */
function momentWords(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return text
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam', dateStyle: 'short', timeStyle: 'medium' }).format(
    new Date(text),
  )
  return parts.endsWith(' 00:00:00') ? parts.slice(0, 10) : parts
}

const units: { readonly [unit: string]: [one: string, more: string] } = {
  day: ['dag', 'dagen'],
  week: ['week', 'weken'],
  month: ['maand', 'maanden'],
  year: ['jaar', 'jaar'],
}

export function retentionWords(retention: DatasetPlan['retention']): string {
  if (retention === undefined) return 'geen termijn vastgelegd'
  if ('follow' in retention) return `tot de dag in \`${retention.follow}\``
  const [amount = '', unit = ''] = retention.keep.split(' ')
  const words = units[unit.replace(/s$/, '')]
  const term = words ? `${amount} ${amount === '1' ? words[0] : words[1]}` : retention.keep
  return `${term} na de dag in \`${retention.after}\``
}

/** A line of `allowanceOf` in Dutch; as it stands where it has another form. */
export function allowanceWords(line: string): string {
  const dataset = /^dataset (\S+) from (\S+), read by (everyone|the readers of the activity)$/.exec(line)
  if (dataset)
    return `dataset ${dataset[1]} uit ${dataset[2]}, gelezen door ${dataset[3] === 'everyone' ? 'elke lezer van het warehouse' : 'de lezers van deze activiteit'}`
  const where = /^(\S+) where (\{.*\})$/.exec(line)
  if (where) return `${where[1]}: alleen waar ${conditionWords(JSON.parse(where[2]!) as Condition)}`
  const retention = /^(\S+) retention (.*)$/.exec(line)
  if (retention) return `${retention[1]}: bewaren ${retentionWords(JSON.parse(retention[2]!) ?? undefined)}`
  const history = /^(\S+) keeps history$/.exec(line)
  if (history) return `${history[1]}: oudere versies blijven bewaard`
  const column = /^(\S+): (\S+), (\S+)$/.exec(line)
  if (column) return `${column[1]}: ${kindWords(column[2] as Kind)}, ${treatmentWords[column[3] as Treatment] ?? column[3]}`
  const named = /^(reader|purpose|basis|until) (.*)$/.exec(line)
  const names: { readonly [word: string]: string } = { reader: 'lezer', purpose: 'doel', basis: 'grondslag', until: 'einddatum' }
  return named ? `${names[named[1]!]}: ${named[2]}` : line
}
