/** The servers: the warehouse with its rights and clock, Temporal with its namespace, and whether a worker is there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '@temporalio/client'
import { controlSchema, type Warehouse } from '../../sql/database.js'
import { lastWorker, warehouseFacts } from '../../sql/diagnosis.js'
import type { CommandContext } from '../context.js'
import { nativeFolder } from '../embedded/postgres-binaries.js'
import { searchAttributes } from '../embedded/temporal.js'
import { placedTemporalBinary } from '../embedded/temporal-binary.js'
import { exit } from '../exit.js'
import { relative } from '../output.js'
import { type Check, Checks, clockWords, reasonOf } from './check.js'

/** Moments of rows are by the clock of the warehouse, tokens by ours: more than this shows in both. */
const clockOffMs = 5_000

/** @returns the warehouse where there is one with a control schema */
export async function checkWarehouse(context: CommandContext): Promise<{ checks: Check[]; warehouse: Warehouse | undefined }> {
  const checks = new Checks('warehouse')
  const { databaseUrl, pg } = context.settings
  const named = databaseUrl ? 'DATABASE_URL' : pg ? 'PGHOST' : undefined
  if (!named && !existsSync(join(context.folder, 'postgres', 'password'))) {
    checkEmbedded(context, checks)
    return { checks: checks.all, warehouse: undefined }
  }
  try {
    const warehouse = await context.connectWarehouse()
    const usable = await checkFacts(warehouse, named, checks)
    return { checks: checks.all, warehouse: usable ? warehouse : undefined }
  } catch (error) {
    checks.problem(reasonOf(error), named ? `correct ${named}, or start that server` : 'see the log beside its data', exit.warehouse)
    return { checks: checks.all, warehouse: undefined }
  }
}

function checkEmbedded({ folder }: CommandContext, checks: Checks): void {
  try {
    nativeFolder()
    checks.ok(
      `none yet: neither DATABASE_URL nor PGHOST is set, so that the embedded one is made in ${join(folder, 'postgres')} by the first \`gemaal plan\``,
    )
  } catch (error) {
    checks.problem(reasonOf(error), 'set DATABASE_URL, or install the package', exit.warehouse)
  }
}

/** @returns whether the control schema can be asked */
async function checkFacts({ db }: Warehouse, named: string | undefined, checks: Checks): Promise<boolean> {
  const asked = Date.now()
  const facts = await warehouseFacts(db)
  const offMs = facts.now.getTime() - (asked + Date.now()) / 2
  checks.ok(`Postgres ${facts.version}, database ${facts.database}, login ${facts.login}${named ? ` (${named})` : ', embedded'}`)
  if (facts.readOnly)
    checks.problem('it takes no writes: it is a standby, or set to read-only', 'give the address of the primary', exit.warehouse)
  if (facts.mayCreateSchema) checks.ok('the login may create schemas')
  else
    checks.problem(
      `login ${facts.login} may not create schemas`,
      `a DBA runs: grant create on database ${facts.database} to ${facts.login}`,
      exit.warehouse,
    )
  if (facts.mayUseTemp) checks.ok('the login may use temporary tables')
  else
    checks.problem(
      `login ${facts.login} may not use temporary tables`,
      `a DBA runs: grant temporary on database ${facts.database} to ${facts.login}`,
      exit.warehouse,
    )
  if (facts.mayCreateRole) checks.ok('the login may create roles')
  else
    checks.warning(
      `login ${facts.login} may not create roles`,
      'a DBA runs what `gemaal apply --sql` prints, each time that an activity is added',
    )
  if (Math.abs(offMs) < clockOffMs) checks.ok(`its clock ${clockWords(offMs)}`)
  else checks.warning(`its clock ${clockWords(offMs)}`, 'set the clocks of both machines (NTP)')
  const schema = await controlSchema(db)
  if (schema === 'current') checks.ok('the control schema is up to date')
  else if (schema === 'none') checks.ok('there is no control schema yet: `gemaal plan` makes it')
  else checks.warning('the control schema is of an older version', 'run `gemaal migrate`')
  return schema === 'current'
}

export async function checkTemporal(context: CommandContext, warehouse: Warehouse | undefined): Promise<Check[]> {
  const checks = new Checks('temporal')
  const { address, profile } = context.settings.temporal
  const named = address ? 'TEMPORAL_ADDRESS' : profile ? 'TEMPORAL_PROFILE' : undefined
  const found = await context.standingTemporal()
  if (typeof found === 'string') {
    if (named) checks.problem(found, `correct ${named}, or start that server`, exit.failed)
    else await checkDevServer(context, checks, found)
  } else {
    const { client, server } = found
    if (await checkNamespace(client, server.address, checks)) await checkWorker(context, client, warehouse, checks)
  }
  return checks.all
}

async function checkDevServer(context: CommandContext, checks: Checks, found: string): Promise<void> {
  const reason = found.replace(/; `gemaal dev` starts it$/, '')
  const program = await placedTemporalBinary({ environment: context.environment, log: () => {} })
  if (program) checks.warning(reason, `\`gemaal dev\` starts its dev server (${program})`)
  else
    checks.warning(
      `${reason}; its program is not on this machine yet`,
      'the first `gemaal dev` downloads it, or builds it with Go in about four minutes',
    )
}

/** @returns whether it is there, and we are let in */
async function checkNamespace(client: Client, address: string, checks: Checks): Promise<boolean> {
  const { namespace } = client.options
  try {
    await client.workflowService.describeNamespace({ namespace })
    checks.ok(`${address}, namespace ${namespace}`)
  } catch (error) {
    checks.problem(
      `${address} answers, and does not let us at namespace '${namespace}': ${reasonOf(error)}`,
      'make the namespace, or correct TEMPORAL_NAMESPACE and the credentials',
    )
    return false
  }
  try {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace })
    const missing = searchAttributes.filter((name) => !(name in (customAttributes ?? {})))
    if (missing.length > 0)
      checks.problem(
        `namespace '${namespace}' does not know the search attributes ${missing.join(', ')}`,
        `run: ${missing.map((name) => `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`).join('; ')}`,
      )
  } catch {
    // Not everyone may ask that, Temporal Cloud answers it elsewhere; without them each run fails at once and says so.
  }
  return true
}

/** `TASK_QUEUE_TYPE_WORKFLOW`. @see temporal/api/enums/v1/task_queue.proto */
const workflowQueue = 1

async function checkWorker({ settings }: CommandContext, client: Client, warehouse: Warehouse | undefined, checks: Checks): Promise<void> {
  const { taskQueue } = settings
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowQueue,
  })
  const seen = warehouse && (await lastWorker(warehouse.db, taskQueue))
  const polling = pollers?.length ?? 0
  const fix = 'start one with `gemaal worker`, or `gemaal dev` on one machine'
  if (polling > 0) checks.ok(`${polling} ${polling === 1 ? 'worker takes' : 'workers take'} work from task queue '${taskQueue}'`)
  else if (seen) checks.warning(`no worker takes work from task queue '${taskQueue}'; the last was seen ${relative(seen.seenAt)}`, fix)
  else checks.warning(`no worker takes work from task queue '${taskQueue}'`, fix)
}
