/**
 * The gate of purpose limitation: a run lands only what a processing activity allows, in its period and as its approval knew it.
 *
 * @see AVG art. 5(1)(b)
 */
import { createHash } from 'node:crypto'
import type { Activity } from '../config/activity.js'
import type { DatasetPlan } from '../config/dataset-plan.js'
import { isPersonal } from '../config/kinds.js'
import { NotAllowed } from './errors.js'

/** One line a thing that the activity lets land; what the FG approves. */
export type Allowance = readonly string[]

/**
 * All that an activity lets land: datasets with their personal columns and treatments, what they select, by whose pseudonyms they can be
 * joined, who reads, how long. In order, so that it can be compared line by line.
 */
export function allowanceOf(activity: Activity, plans: readonly DatasetPlan[]): Allowance {
  const lines = new Set<string>()
  for (const plan of plans.filter((p) => p.activity === activity.name)) {
    lines.add(
      `dataset ${plan.name} from ${plan.source}/${plan.stream}, read by ${plan.access === 'everyone' ? 'everyone' : 'the readers of the activity'}`,
    )
    for (const column of plan.columns) {
      if (isPersonal(column.kind)) lines.add(`${plan.name}.${column.name}: ${column.kind}, ${column.treatment}`)
      for (const inside of column.inside ?? [])
        if (isPersonal(inside.kind)) lines.add(`${plan.name}.${column.name}.${inside.path.join('.')}: ${inside.kind}, ${inside.treatment}`)
    }
    for (const child of plan.children) {
      for (const column of child.columns)
        if (isPersonal(column.kind)) lines.add(`${child.table}.${column.name}: ${column.kind}, ${column.treatment}`)
    }
    for (const { field: _, ...condition } of plan.where) lines.add(`${plan.name} where ${JSON.stringify(condition)}`)
    if (plan.history) lines.add(`${plan.name} keeps history`)
    lines.add(`${plan.name} retention ${JSON.stringify(plan.retention ?? null)}`)
  }
  // Whoever shares the domain can join by the pseudonyms.
  if ([...lines].some((line) => line.endsWith(', pseudonymise'))) lines.add(`pseudonyms of domain ${activity.domain}`)
  for (const reader of activity.readers) lines.add(`reader ${reader}`)
  lines.add(`purpose ${activity.purpose}`)
  lines.add(`basis ${activity.basis} ${activity.law ?? ''}`.trim())
  lines.add(`until ${activity.until}`)
  return [...lines].sort()
}

/** What `approved.of` holds: 8 hex digits over the allowance. */
export function fingerprintOfAllowance(allowance: Allowance): string {
  return createHash('sha256').update(allowance.join('\n')).digest('hex').slice(0, 8)
}

/** Whether the approval of an activity is there and fits what it lets land now. */
export function approvalOf(activity: Activity, plans: readonly DatasetPlan[]): 'approved' | 'missing' | 'outdated' {
  const of = fingerprintOfAllowance(allowanceOf(activity, plans))
  return activity.approved === undefined ? 'missing' : activity.approved.of.slice(0, 8) === of ? 'approved' : 'outdated'
}

/**
 * Refuses a run that its activities do not allow.
 *
 * @param plans of all datasets of the project
 * @param datasets those that the run would land
 * @param today calendar day in the Netherlands
 * @param dev on a developer's machine an approval that is missing is a warning
 * @returns warnings
 * @throws NotAllowed
 */
export function checkGate(
  activities: ReadonlyMap<string, Activity>,
  plans: readonly DatasetPlan[],
  datasets: readonly DatasetPlan[],
  today: string,
  dev: boolean,
): string[] {
  const warnings: string[] = []
  for (const name of new Set(datasets.map((d) => d.activity).filter((a) => a !== undefined))) {
    const activity = activities.get(name)
    if (!activity) throw new NotAllowed(`activity '${name}' is not in activities.yaml; ask the FG to enter it`)
    if (activity.from && today < activity.from)
      throw new NotAllowed(`activity '${name}' begins on ${activity.from}; a run before that day is refused`)
    if (today > activity.until)
      throw new NotAllowed(
        `activity '${name}' ended on ${activity.until}; ask the FG to prolong it in activities.yaml, or remove its datasets`,
      )
    if (!datasets.some((d) => d.activity === name && d.personal)) continue
    const approval = approvalOf(activity, plans)
    if (approval === 'approved') continue
    const words =
      approval === 'missing'
        ? `activity '${name}' lets personal data land and has no approval; the FG gives it with \`gemaal privacy approve ${name}\``
        : `activity '${name}' lets more or other data land than was approved; \`gemaal privacy show ${name}\` says what, and the FG approves with \`gemaal privacy approve ${name}\``
    if (!dev) throw new NotAllowed(words)
    warnings.push(words)
  }
  return warnings
}
