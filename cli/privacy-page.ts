/** One page a processing activity, for the privacy officer: what it is for, what lands, what does not, who reads, how long. In Dutch. */
import type { Activity } from '../config/activity.js'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { isPersonal, isSpecial, type Kind, type Treatment } from '../config/kinds.js'
import type { Project } from '../config/project.js'
import type { ActivityState } from '../worker/apply.js'
import { allowanceWords, basisLetter, conditionWords, dayWords, kindWords, retentionWords, treatmentWords } from './privacy-words.js'

/** What was added since an approval, and what went. */
export interface AllowanceChange {
  added: readonly string[]
  removed: readonly string[]
}

export interface PageInput {
  project: Project
  activity: Activity
  state: ActivityState
  /** Plans of the datasets of the activity, one a source that feeds them. */
  plans: readonly DatasetPlan[]
  /** What changed since the approval; undefined where that cannot be told. */
  changed: AllowanceChange | undefined
  /** `YYYY-MM-DD`, in the Netherlands. */
  today: string
}

/** The page in Markdown. */
export function privacyPage(input: PageInput): string {
  const { activity } = input
  const parts = [
    `# Verwerkingsactiviteit ${activity.name}`,
    facts(input),
    ...datasetsOf(input.plans).map((dataset) => datasetPart(dataset, activity)),
    ...(input.plans.length === 0 ? ['Geen dataset van dit project valt onder deze activiteit: er landt niets.'] : []),
    readersPart(input),
    pseudonymPart(input),
    missingPart(input),
    approvalPart(input),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function facts({ project, activity, today }: PageInput): string {
  const { organisation, contact } = project.gemaal
  const rows: [string, string][] = [
    ['Doel', activity.purpose],
    ['Grondslag', `${activity.basis} (AVG art. 6 lid 1 onder ${basisLetter[activity.basis]})`],
    ['Wet', activity.law ?? '–'],
    ['Betrokkenen', activity.subjects.join(', ') || '–'],
    ['Verantwoordelijke', `${organisation.name}${organisation.rsin ? ` (RSIN ${organisation.rsin})` : ''}`],
    ['Eigenaar', activity.owner ?? '–'],
    ['Functionaris gegevensbescherming', contact.fg],
    ['Nummer in het register', activity.register ?? '–'],
    [
      'Looptijd',
      `${activity.from ? `${dayWords(activity.from)} tot en met ` : 'tot en met '}${dayWords(activity.until)}${activity.until < today ? ' (verlopen: er wordt niets meer ingelezen)' : ''}`,
    ],
  ]
  return table(['', ''], rows)
}

/** A dataset with the sources that feed it. */
interface Dataset {
  plan: DatasetPlan
  from: string[]
}

function datasetsOf(plans: readonly DatasetPlan[]): Dataset[] {
  const datasets = new Map<string, Dataset>()
  for (const plan of plans) {
    const dataset = datasets.get(plan.name) ?? { plan, from: [] }
    dataset.from.push(`${plan.source}/${plan.stream}`)
    datasets.set(plan.name, dataset)
  }
  return [...datasets.values()].sort((a, b) => (a.plan.name < b.plan.name ? -1 : 1))
}

interface Landing {
  column: string
  kind: Kind
  treatment: Treatment
  description: string
}

function landings(plan: DatasetPlan): Landing[] {
  return [
    ...plan.columns.flatMap((c) => [
      { column: c.name, kind: c.kind, treatment: c.treatment, description: c.description },
      ...(c.inside ?? [])
        .filter((i) => isPersonal(i.kind))
        .map((i) => ({ column: `${c.name}.${i.path.join('.')}`, kind: i.kind, treatment: i.treatment, description: `In ${c.name}` })),
    ]),
    ...plan.children.flatMap((child) =>
      child.columns.map((c) => ({ column: `${child.table}.${c.name}`, kind: c.kind, treatment: c.treatment, description: c.description })),
    ),
  ]
}

function datasetPart({ plan, from }: Dataset, activity: Activity): string {
  const landing = landings(plan)
  const personal = landing.filter((l) => isPersonal(l.kind))
  const others = landing.filter((l) => !isPersonal(l.kind))
  const rows: [string, string][] = [
    ['Inhoud', plan.description],
    ['Bron', from.map((f) => `\`${f}\``).join(', ')],
    [
      'Geselecteerd',
      plan.where.length === 0 ? 'alle records die de bron ons laat zien' : `alleen waar ${plan.where.map(conditionWords).join(', en ')}`,
    ],
    ['Lezers', plan.access === 'everyone' ? 'elke lezer van het warehouse' : 'alleen de lezers van deze activiteit'],
    ['Bewaren', retentionWords(plan.retention)],
    ['Oudere versies', plan.history ? 'blijven bewaard, met dezelfde behandeling' : 'worden niet bewaard'],
    ['Versie van het contract', plan.version],
  ]
  return [
    `## ${plan.title} (\`${plan.name}\`)`,
    table(['', ''], rows),
    '**Landt, en zegt iets over een persoon**',
    personal.length === 0
      ? 'Niets.'
      : table(
          ['Kolom', 'Soort', 'Landt', 'Betekenis'],
          personal.map((l) => [`\`${l.column}\``, kindWords(l.kind), treatmentWords[l.treatment], l.description]),
        ),
    `**Landt, en zegt niets over een persoon** (${others.length})`,
    others.map((l) => `\`${l.column}\``).join(', ') || 'Niets.',
    `**Landt niet** (${plan.left.length})`,
    leftPart(plan, activity),
  ].join('\n\n')
}

function leftPart({ left }: DatasetPlan, activity: Activity): string {
  if (left.length === 0) return 'Alle beschreven velden landen.'
  const why = {
    'not asked for': 'het contract vraagt er niet om',
    'not allowed': `activiteit ${activity.name} staat het niet toe`,
    'dropped by contract': 'het contract laat het vallen',
    'dropped by activity': `activiteit ${activity.name} laat het vallen`,
  }
  const groups = new Map<string, { kind: Kind; why: string; columns: string[] }>()
  for (const field of left) {
    const key = `${field.kind} ${field.why}`
    const group = groups.get(key) ?? { kind: field.kind, why: why[field.why], columns: [] }
    group.columns.push(`\`${field.column}\``)
    groups.set(key, group)
  }
  return table(
    ['Soort', 'Waarom niet', 'Velden'],
    [...groups.values()].map((g) => [isPersonal(g.kind) ? kindWords(g.kind) : 'geen persoonsgegeven', g.why, g.columns.join(', ')]),
  )
}

function readersPart({ activity, plans }: PageInput): string {
  const closed = plans.filter((p) => p.access === 'activity')
  if (closed.length === 0) return '## Wie leest\n\nElke lezer van het warehouse.'
  const groups = activity.readers.map((r) => `\`${r}\``).join(', ')
  return `## Wie leest\n\n${groups === '' ? 'Nog niemand: onder `readers` staat geen groep van de database. Alleen wie het warehouse beheert, kan erbij.' : `De groepen van de database ${groups}, en wie het warehouse beheert.`}`
}

function pseudonymPart({ activity, plans }: PageInput): string {
  const used = plans.some((p) => landings(p).some((l) => l.treatment === 'pseudonymise'))
  if (!used) return ''
  return `## Pseudoniemen

HMAC-SHA-256 onder de sleutel van domein \`${activity.domain}\`. Datasets van dit domein zijn op het pseudoniem te koppelen, die van een ander domein niet.
De sleutel staat buiten het warehouse. Een pseudoniem blijft een persoonsgegeven (EDPB-richtsnoeren 01/2025).`
}

/** What a register entry of AVG art. 30 asks and the files do not say. */
export function missingForRegister({ activity, plans }: Pick<PageInput, 'activity' | 'plans'>): string[] {
  const kinds = new Set(plans.flatMap((p) => landings(p).map((l) => l.kind)).filter(isPersonal))
  const without = [...new Set(plans.filter((p) => p.retention === undefined).map((p) => p.name))].sort()
  return [
    ...(activity.subjects.length === 0 ? ['`subjects`: van wie de gegevens zijn (art. 30 lid 1 onder c).'] : []),
    ...(activity.readers.length === 0 && plans.some((p) => p.access === 'activity')
      ? ['`readers`: de ontvangers (art. 30 lid 1 onder d).']
      : []),
    ...(without.length > 0 ? [`\`retention\` van ${without.join(', ')}: de termijn waarna wordt gewist (art. 30 lid 1 onder f).`] : []),
    ...(activity.owner === undefined ? ['`owner`: wie voor de activiteit instaat.'] : []),
    ...(activity.register === undefined ? ['`register`: het nummer in het verwerkingsregister van de gemeente.'] : []),
    ...(kinds.has('bsn')
      ? [
          'De wet die het gebruik van het BSN toestaat (UAVG art. 46, Wabb art. 10), als dat niet de wet hierboven is: alleen in het register.',
        ]
      : []),
    ...([...kinds].some(isSpecial) ? ['De uitzondering op het verbod van AVG art. 9 of 10 waarop dit rust: alleen in het register.'] : []),
    'Doorgifte buiten de EU (art. 30 lid 1 onder e): Gemaal geeft zelf niets door; waar het warehouse en de lezers staan, staat alleen in het register.',
    'De beveiligingsmaatregelen (art. 30 lid 1 onder g): zie docs/privacy.md van Gemaal; die van het warehouse staan alleen in het register.',
  ]
}

function missingPart(input: PageInput): string {
  return `## Ontbreekt hier voor het register van AVG art. 30\n\n${missingForRegister(input)
    .map((line) => `- ${line}`)
    .join('\n')}`
}

function approvalPart({ activity, state, changed }: PageInput): string {
  const { approved } = activity
  const lines = [`## Goedkeuring`, '']
  if (!state.personal) lines.push('Onder deze activiteit landt geen persoonsgegeven: een run wacht niet op goedkeuring.')
  if (!approved) {
    lines.push(
      `${state.personal ? '**Niet goedgekeurd**: een run wordt geweigerd.' : 'Niet goedgekeurd.'} Goedkeuren: \`gemaal privacy approve ${activity.name} --by <e-mailadres>\`. Vingerafdruk van wat nu landt: \`${state.fingerprint}\`.`,
    )
    return lines.join('\n')
  }
  const by = `${approved.by} op ${dayWords(approved.on)}${approved.reference ? `, op grond van ${approved.reference}` : ''}`
  if (state.approval === 'approved') {
    lines.push(`**Goedgekeurd** door ${by}. Vingerafdruk \`${approved.of}\`.`)
    return lines.join('\n')
  }
  lines.push(
    `**Verouderd**: goedgekeurd door ${by}, maar sindsdien is veranderd wat landt (vingerafdruk \`${approved.of}\`, nu \`${state.fingerprint}\`).${state.personal ? ' Een run wordt geweigerd.' : ''}`,
  )
  lines.push('')
  if (!changed)
    lines.push(
      'Wat er veranderde, is hier niet na te gaan: het warehouse kent geen toegepaste versie met die vingerafdruk. De geschiedenis van dit project in Git kent haar wel.',
    )
  else {
    lines.push('Sinds de goedkeuring:', '')
    for (const line of changed.added) lines.push(`- erbij: ${allowanceWords(line)}`)
    for (const line of changed.removed) lines.push(`- eraf: ${allowanceWords(line)}`)
  }
  return lines.join('\n')
}

/** A table in Markdown. Without titles its first column is bold. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = titles.every((t) => t === '')
  const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [
    line(titles),
    `|${titles.map(() => '---').join('|')}|`,
    ...rows.map((row) => line(plain ? [`**${row[0]}**`, ...row.slice(1)] : row)),
  ].join('\n')
}
