/**
 * `gemaal findings report`: every record that breaks a rule about a basisregistratie, for who keeps that registration (terugmelding). Its
 * readers are Dutch, and so are its words.
 */
import { stringify } from 'csv-stringify/sync'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { reportLines } from '../sql/finding-report.js'
import { findingLines } from '../sql/finding-views.js'
import { rulesOfPlan } from '../sql/plan-rules.js'
import { type Applied, appliedProject } from './applied.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { moment } from './output.js'
import { notThere } from './project-here.js'
import { packOf, ruleTexts } from './rules-here.js'

export interface ReportOptions {
  registration: string
  format?: string
  dataset?: string
}

/** One record that breaks one rule. */
export interface ReportedFinding {
  dataset: string
  /** As it lands: a key of a personal kind is its pseudonym. */
  sleutel: string
  regel: string
  omschrijving: string
  grondslag: string
  eerst_gezien: string
  laatst_gezien: string
  organisatie: string
  gemeentecode: string
}

const columns = [
  'dataset',
  'sleutel',
  'regel',
  'omschrijving',
  'grondslag',
  'eerst_gezien',
  'laatst_gezien',
  'organisatie',
  'gemeentecode',
] as const satisfies readonly (keyof ReportedFinding)[]

const forms = ['csv', 'json']

export async function report(context: CommandContext, _args: string[], options: ReportOptions): Promise<number> {
  const { out } = context
  const form = out.json ? 'json' : (options.format ?? 'csv')
  if (!forms.includes(form)) throw notThere('format', form, forms)
  const warehouse = await context.warehouse()
  const applied = await appliedProject(context, warehouse)
  const registration = registrationOf(applied, options.registration)
  const places = placesOf(applied, registration)
  const names = [...new Set(places.map((p) => p.plan.name))]
  if (options.dataset !== undefined && !names.includes(options.dataset))
    throw notThere(`dataset with rules about the ${registration}`, options.dataset, names)
  const wanted = places.filter((p) => options.dataset === undefined || p.plan.name === options.dataset)

  const textOf = ruleTexts(applied)
  const { name: organisatie, code: gemeentecode } = applied.project.gemaal.organisation
  const write = writerOf(context, form)
  let count = 0
  for (const { plan, rules } of wanted) {
    for await (const lines of reportLines(warehouse, plan, rules)) {
      count += lines.length
      write(
        lines.map(({ key, rule, firstSeenAt, lastSeenAt }): ReportedFinding => {
          const text = textOf(rule, plan.name)
          return {
            dataset: plan.name,
            sleutel: key,
            regel: rule,
            omschrijving: text?.nl ?? '',
            grondslag: text?.source ?? '',
            eerst_gezien: moment(firstSeenAt),
            laatst_gezien: moment(lastSeenAt),
            organisatie,
            gemeentecode,
          }
        }),
      )
    }
  }
  write(undefined)
  out.say(
    `${count.toLocaleString('en')} ${count === 1 ? 'finding' : 'findings'} about the ${registration} in ${names.join(', ') || 'no dataset'}.`,
  )
  const ids = new Set(wanted.flatMap((p) => p.rules))
  const counted = (await findingLines(warehouse.db, { severity: 'report' })).filter((f) => ids.has(f.rule) && names.includes(f.dataset))
  for (const { dataset, rule } of counted)
    out.say(`Left out: ${rule} in ${dataset}, which only counts. Set it to warn in the contract to know which records break it.`)
  return exit.good
}

/** As the packs spell it. @throws UsageError when no pack is about it */
function registrationOf({ project }: Applied, asked: string): string {
  const known = [...new Set([...project.packs.values()].flatMap((p) => p.registration ?? []))].sort()
  const found = known.find((name) => name.toLowerCase() === asked.toLowerCase())
  if (found === undefined) throw notThere('basisregistratie in the rule packs', asked, known)
  return found
}

/** The datasets that are judged by rules about a registration, each source of them by itself. */
function placesOf({ project, plan }: Applied, registration: string): { plan: DatasetPlan; rules: string[] }[] {
  const packs = new Set([...project.packs.values()].filter((p) => p.registration === registration).map((p) => p.name))
  return [...plan.streams.values()]
    .flatMap((s) => s.plan.datasets)
    .map((dataset) => ({ plan: dataset, rules: [...rulesOfPlan(dataset).keys()].filter((id) => packs.has(packOf(id))) }))
    .filter(({ rules }) => rules.length > 0)
    .sort((a, b) => (a.plan.name < b.plan.name ? -1 : 1))
}

/** Writes lines as they come, and what ends the document when they are undefined. */
function writerOf({ out }: CommandContext, form: string): (lines: readonly ReportedFinding[] | undefined) => void {
  if (form === 'json') {
    // A JSON document is one value, so that a script reads all or nothing of it.
    const all: ReportedFinding[] = []
    return (lines) => {
      if (lines) all.push(...lines)
      else out.data(out.json ? all : JSON.stringify(all, null, 2))
    }
  }
  let first = true
  return (lines) => {
    if (!lines && !first) return
    const text = csvOf(lines ?? [], first)
    first = false
    if (text) out.data(text.replace(/\n$/, ''))
  }
}

/**
 * With a semicolon and, in front of its head, a mark of UTF-8, as spreadsheets in the Netherlands open it. A text that looks like a formula gets
 * an apostrophe, so that it is none.
 */
export function csvOf(lines: readonly ReportedFinding[], head: boolean): string {
  return stringify([...lines], { columns: [...columns], header: head, bom: head, delimiter: ';', escape_formulas: true })
}
