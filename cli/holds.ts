/** `gemaal holds`: publications that wait for a person, and the decisions about them. */
import { WorkflowFailedError, WorkflowIdConflictPolicy } from '@temporalio/client'
import type { Database } from '../sql/database.js'
import { type Decision, decideHold, isOfRights } from '../sql/hold-decisions.js'
import { findHold, type Hold, keysOfHold, listHolds } from '../sql/holds.js'
import { datasetLines, findRun } from '../sql/run-views.js'
import { compareScopes, scopeStanding } from '../sql/scopes.js'
import type { ReleaseInput } from '../workflows/messages.js'
import { idOf } from './arguments.js'
import { confirm } from './confirm.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { type Hands, openHands } from './follow.js'
import { already, decisionsOf, effect, rejected, stateWords, waitsWords, whyWords } from './hold-words.js'
import { moment, relative, tableText } from './output.js'
import { notThere } from './project-here.js'
import { balanceColumns, whoAsks } from './runs.js'

/** Keys that are shown of a hold on deletes. */
const shownKeys = 10

export async function list(
  context: CommandContext,
  _args: string[],
  options: { dataset?: string; source?: string; all?: boolean },
): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const holds = await listHolds(db, options)
  if (out.json) {
    out.data(holds.map(forScripts))
    return exit.good
  }
  if (holds.length === 0) {
    out.say(options.all ? 'There was never a hold.' : 'Nothing waits for a person.')
    return exit.good
  }
  out.table(
    holds.map((h) => ({ ...h, waits: waitsWords(h), made: relative(h.made_at), state: stateWords(h) })),
    [
      { name: 'id', title: 'hold', right: true },
      { name: 'dataset' },
      { name: 'why' },
      { name: 'waits' },
      { name: 'state' },
      { name: 'made' },
      { name: 'run_id', title: 'run', right: true },
    ],
  )
  const open = holds.find((h) => h.status === 'open')
  if (open) out.say(`Next: gemaal holds show ${open.id}`)
  return exit.good
}

export async function show(context: CommandContext, [number = '']: string[]): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const hold = await holdNamed(db, number)
  const examples = await keysOfHold(db, hold.id, shownKeys)
  const rights = await rightsOf(db, hold)
  if (out.json) {
    out.data({ ...forScripts(hold), rights, examples, decisions: decisionsOf(hold) })
    return exit.good
  }
  out.data(`hold ${hold.id} of ${hold.dataset} (${hold.source}/${hold.stream}): ${stateWords(hold)}`)
  out.data(`  ${whyWords(hold)}`)
  out.data(
    `  ${waitsWords(hold)}; made ${moment(hold.made_at)} by run ${hold.run_id}, which read ${hold.reading === 'full' ? 'everything' : 'changes'}`,
  )
  if (hold.decided_by) out.data(`  ${hold.status} by ${hold.decided_by} on ${moment(hold.decided_at!)}: ${hold.reason}`)
  for (const grant of rights?.narrower ?? []) out.data(`  less than accepted: ${grant}`)
  for (const grant of rights?.wider ?? []) out.data(`  more than accepted: ${grant}`)
  if (examples.length > 0) {
    out.data('  for example:')
    for (const key of examples) out.data(`    ${key.join(' | ')}`)
  }
  out.say()
  for (const { decision, does } of decisionsOf(hold)) out.say(`gemaal holds ${decision} ${hold.id} --reason <text>\n    ${does}`)
  return exit.good
}

export interface DecideOptions {
  reason: string
  yes?: boolean
  wait?: boolean
}

export const accept = (context: CommandContext, args: string[], options: DecideOptions) => decide(context, args, options, 'accept')
export const freeze = (context: CommandContext, args: string[], options: DecideOptions) => decide(context, args, options, 'freeze')
export const reject = (context: CommandContext, args: string[], options: DecideOptions) => decide(context, args, options, 'reject')

async function decide(context: CommandContext, [number = '']: string[], options: DecideOptions, decision: Decision): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const hold = await holdNamed(db, number)
  const open = hold.status === 'open' || (hold.status === 'frozen' && decision === 'accept')
  if (open && decision !== 'freeze') await confirm(context, `${whyWords(hold)} ${effect(hold, decision)}`, options.yes)
  // Before the decision, so that one which is taken is carried out at once.
  const hands = open || (decision === 'accept' && hold.status === 'accepted') ? await openHands(context) : undefined
  const taken = await decideHold(db, hold.id, decision, whoAsks(), options.reason)
  if (!taken) throw notThere('hold', number, [])
  const others = taken.decided.filter((h) => h.id !== hold.id)
  const now = taken.hold
  if (taken.decided.length > 0) {
    out.say(`hold ${hold.id} of ${hold.dataset} is ${now.status}.`)
    if (others.length > 0) out.say(`So are those for the same rights: ${others.map((h) => `${h.id} (${h.dataset})`).join(', ')}.`)
    if (decision === 'reject') out.say(rejected(hold))
  } else out.say(already(now))
  // Taken a moment ago by someone else as `accept`, or by us with the command cut off after it: carried out all the same.
  const release =
    decision === 'accept' ? (taken.decided.length > 0 ? taken.decided : now.status === 'accepted' && !now.carriedOut ? [now] : []) : []
  const code = release.length > 0 && hands ? await carryOut(context, hands, release, options.wait !== false) : exit.good
  if (out.json) {
    const after = await Promise.all([hold.id, ...others.map((h) => h.id)].map((id) => findHold(db, id)))
    out.data(after.filter((h) => h !== undefined).map(forScripts))
  }
  const contrary =
    taken.decided.length === 0 && now.status !== (decision === 'accept' ? 'accepted' : decision === 'freeze' ? 'frozen' : 'rejected')
  return contrary ? exit.failed : code
}

/** Starts the release of accepted holds, each once, however often it is asked for; and follows them. */
async function carryOut(context: CommandContext, { warehouse, client }: Hands, holds: readonly Hold[], wait: boolean): Promise<number> {
  const { out } = context
  const handles = []
  for (const hold of holds) {
    const input: ReleaseInput = {
      hold: hold.id,
      source: hold.source,
      stream: hold.stream,
      forbiddenLeaves: hold.why === 'scope narrower',
      askedBy: whoAsks(),
    }
    handles.push(
      await client.workflow.start('publish', {
        workflowId: `publish:${hold.id}`,
        taskQueue: context.settings.taskQueue,
        args: [input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      }),
    )
  }
  if (!wait) return exit.good
  out.say(holds.some((h) => h.withholds === 'all') ? 'Publishing what was held.' : 'Asking the source for the keys whose delete waited.')
  for (const [i, handle] of handles.entries()) {
    const hold = holds[i]!
    await handle.result().catch((error) => {
      throw failureOf(error, hold)
    })
    const after = (await findHold(warehouse.db, hold.id))!
    if (after.status === 'superseded')
      out.say(`hold ${hold.id}: a newer reading of ${hold.dataset} was published meanwhile, which has it all.`)
    const run = hold.withholds === 'all' ? hold.run_id : (await findRun(warehouse.db, { workflowId: handle.workflowId }))?.id
    if (run === undefined || out.json) continue
    const lines = (await datasetLines(warehouse.db, run)).filter(
      (l) => l.dataset === hold.dataset && l.stream === `${hold.source}/${hold.stream}`,
    )
    out.data(tableText(lines, balanceColumns).trimEnd())
    const left = lines.reduce((n, l) => n + (l.removed ?? 0) + (l.deleted ?? 0), 0)
    if (hold.withholds === 'deletes')
      out.say(`${left} of ${hold.keys} rows left ${hold.dataset}${left < hold.keys ? '; the others are still at the source' : ''}.`)
  }
  return exit.good
}

/** What failed in the workflow, under the name by which the exit code is told. */
function failureOf(error: unknown, hold: Hold): Error {
  const deepest = (e: Error): Error => (e.cause instanceof Error ? deepest(e.cause) : e)
  const cause = error instanceof WorkflowFailedError && error.cause ? deepest(error.cause) : (error as Error)
  const message = `hold ${hold.id} is accepted and not carried out: ${cause.message}. Mend that, then \`gemaal holds accept ${hold.id}\` goes on`
  return Object.assign(new Error(message), { name: (cause as { type?: string }).type ?? cause.name })
}

async function holdNamed(db: Database, number: string): Promise<Hold> {
  const hold = await findHold(db, idOf('hold', number))
  if (hold) return hold
  throw notThere(
    'hold',
    number,
    (await listHolds(db, { all: true }, 5)).map((h) => String(h.id)),
  )
}

/** How the rights of the held run differ from those that are accepted now. */
async function rightsOf(db: Database, hold: Hold) {
  const standing = isOfRights(hold) && hold.scope ? await scopeStanding(db, hold.source) : undefined
  return standing && compareScopes(standing.scope, hold.scope!)
}

function forScripts({ scope: _, ...hold }: Hold): object {
  return hold
}
