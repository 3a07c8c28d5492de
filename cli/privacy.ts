/** `gemaal privacy`: what each processing activity lets land, and its approval by the privacy officer. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Activity } from '../config/activity.js'
import { loadProject, loadSnapshot } from '../config/load.js'
import { nearestWord, oneOf } from '../config/problem.js'
import type { Project } from '../config/project.js'
import { email } from '../config/words.js'
import { findConnectors } from '../connectors/load.js'
import { storedVersions } from '../sql/config-versions.js'
import type { Warehouse } from '../sql/database.js'
import { type ActivityState, activityStates } from '../worker/apply.js'
import { allowanceOf, fingerprintOfAllowance } from '../worker/gate.js'
import { type ProjectPlan, planProject } from '../worker/planning/plan.js'
import { dutchToday } from '../worker/rules/today.js'
import { Workspace } from '../worker/workspace.js'
import { withApproval } from './approval.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { replaceFile } from './files.js'
import { type AllowanceChange, missingForRegister, privacyPage } from './privacy-page.js'
import { allowanceWords, dayWords } from './privacy-words.js'

const registerFile = 'activities.yaml'

/** `privacy show [activity]`: one page an activity. */
export async function show(context: CommandContext, [name]: string[]): Promise<number> {
  const { out } = context
  const warehouse = await context.standingWarehouse()
  const { project, plan } = await context.soundPlan()
  const activities = name === undefined ? [...project.activities.values()] : [activityOf(project, name)]
  const states = new Map(activityStates(project, plan).map((s) => [s.activity, s]))
  const plans = Workspace.plansOf(plan)
  const today = dutchToday()
  const pages = []
  for (const activity of activities) {
    const state = states.get(activity.name)!
    const own = plans.filter((p) => p.activity === activity.name)
    const changed = state.approval === 'outdated' ? await changedSince(context, warehouse, activity, state) : undefined
    pages.push({ activity, state, plans: own, changed, page: privacyPage({ project, activity, state, plans: own, changed, today }) })
  }
  if (out.json) {
    out.data(
      pages.map(({ activity, state, plans: own, changed, page }) => {
        const { approved, derived: _, ...facts } = activity
        return {
          ...facts,
          approved: approved ?? null,
          ...state,
          changed: changed ?? null,
          missing: missingForRegister({ activity, plans: own }),
          page,
        }
      }),
    )
    return exit.good
  }
  if (pages.length === 0) out.say('There are no activities in activities.yaml yet.')
  out.data(
    pages
      .map(({ page }) => page)
      .join('\n---\n\n')
      .trimEnd(),
  )
  return exit.good
}

/** `privacy approve <activity>`: the approval of what the activity lets land now. */
export async function approve(
  context: CommandContext,
  [name = '']: string[],
  options: { by: string; reference?: string },
): Promise<number> {
  const { out } = context
  await context.standingWarehouse() // names of columns, as they were given before
  const { project, plan } = await context.soundPlan()
  const activity = activityOf(project, name)
  const fault = email.safeParse(options.by).success ? undefined : '--by: expected the e-mail address of who approves'
  if (fault) throw new UsageError(fault)
  const state = activityStates(project, plan).find((s) => s.activity === name)!
  const { approved } = activity
  const same =
    state.approval === 'approved' && approved?.by === options.by && (options.reference ?? approved.reference) === approved.reference
  out.say(`Wat onder '${name}' landt (vingerafdruk ${state.fingerprint}):`)
  for (const line of state.allowance) out.say(`  ${allowanceWords(line)}`)
  if (same) out.say(`Dit is al goedgekeurd door ${approved!.by} op ${dayWords(approved!.on)}. Er is niets veranderd.`)
  else {
    const reference = options.reference ?? approved?.reference
    await writeApproval(project.folder!, name, { by: options.by, on: dutchToday(), reference, of: state.fingerprint })
    out.say(`De goedkeuring staat in ${registerFile}. Daarna: leg dat bestand vast in Git, en gemaal apply`)
  }
  if (out.json) out.data({ activity: name, fingerprint: state.fingerprint, written: !same })
  else out.data(state.fingerprint)
  return exit.good
}

async function writeApproval(
  folder: string,
  name: string,
  approval: { by: string; on: string; reference: string | undefined; of: string },
): Promise<void> {
  const path = join(folder, registerFile)
  const before = await readFile(path, 'utf8')
  const after = withApproval(before, name, approval)
  const byHand = () =>
    new UsageError(
      `${registerFile} has a form in which the approval cannot be put without changing more. Put it under ${name} by hand: approved: ${JSON.stringify(approval)}`,
    )
  if (after === undefined) throw byHand()
  await replaceFile(path, after)
  const { project } = await loadProject(folder).catch(() => ({ project: undefined }))
  if (project?.activities.get(name)?.approved?.of === approval.of) return
  await replaceFile(path, before)
  throw byHand()
}

function activityOf(project: Project, name: string): Activity {
  const activity = project.activities.get(name)
  if (activity) return activity
  const names = [...project.activities.keys()]
  const nearest = nearestWord(name, names)
  throw new UsageError(
    `there is no activity '${name}' in ${registerFile}; expected ${oneOf(names)}${nearest ? `; did you mean '${nearest}'?` : ''}`,
  )
}

/** Versions that are looked at; what was approved longer ago is found in Git. */
const mostVersions = 50

/** What was added and removed since the version that was approved, where the warehouse still has it. */
async function changedSince(
  context: CommandContext,
  warehouse: Warehouse | undefined,
  activity: Activity,
  state: ActivityState,
): Promise<AllowanceChange | undefined> {
  if (!warehouse || !activity.approved) return undefined
  for (const files of await storedVersions(warehouse.db, mostVersions)) {
    const then = await planOf(context, files)
    const known = then?.project.activities.get(activity.name)
    if (!then || !known) continue
    const allowance = allowanceOf(known, Workspace.plansOf(then.plan))
    if (fingerprintOfAllowance(allowance) !== activity.approved.of.slice(0, 8)) continue
    return {
      added: state.allowance.filter((line) => !allowance.includes(line)),
      removed: allowance.filter((line) => !state.allowance.includes(line)),
    }
  }
  return undefined
}

/** An earlier version as this product reads it; undefined where it no longer can. */
async function planOf(context: CommandContext, files: Project['files']): Promise<{ project: Project; plan: ProjectPlan } | undefined> {
  try {
    const { project } = loadSnapshot(files)
    const connectors = await findConnectors({ project: files, cache: `${context.folder}/connectors` })
    return { project, plan: await planProject(project, connectors) }
  } catch {
    return undefined
  }
}
