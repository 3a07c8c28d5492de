/** `gemaal demo`: the sample municipality from source to mart, on this machine, with nothing prepared. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { Warehouse } from '../sql/database.js'
import { makeReaderLogin } from '../sql/logins.js'
import { everyRule } from '../sql/plan-rules.js'
import { type DatasetLine, datasetLines, largestFindings, type RunSummary } from '../sql/run-views.js'
import { applyProject } from '../worker/apply.js'
import type { ProjectPlan } from '../worker/planning/plan.js'
import { newPseudonymKey } from '../worker/pseudonyms.js'
import { builtInRules } from '../worker/rules/built-in.js'
import { applySchedules, schedulesOf } from '../worker/schedules.js'
import { CommandContext } from './context.js'
import { startSampleSources } from './demo-sources.js'
import { exit } from './exit.js'
import { startLocal } from './local.js'
import { type Output, tableText } from './output.js'
import { balanceColumns, follow, startSync } from './runs.js'
import { untilSignal } from './signals.js'
import { productRoot, version } from './version.js'

export async function run(outer: CommandContext, _args: string[], options: { keep?: boolean; zaken?: string }): Promise<number> {
  const { out } = outer
  const began = performance.now()
  const folder = join(resolve(outer.settings.data), 'demo')
  mkdirSync(folder, { recursive: true })
  const again = existsSync(join(folder, 'variables.json'))
  const more = variables(folder)
  const context = new CommandContext(
    out,
    { project: join(productRoot, 'config', 'sample', 'waterdam') },
    { ...outer.settings, data: folder, log: outer.settings.log === 'info' ? 'error' : outer.settings.log },
    more,
  )
  outer.onClose(() => context.close())
  out.say('Starting Postgres.')
  await context.warehouse({ make: true })
  const { url: postgres } = await import('./embedded/postgres.js').then((m) => m.findPostgres(context.postgresOptions()))
  out.say('Starting the sources of the sample municipality: a ZGW server, StatLine, boundaries, TOPdesk, a folder of files and a database.')
  const sources = await startSampleSources({ state: folder, zaken: options.zaken ?? '5000', postgres })
  outer.onClose(() => sources.stop())
  Object.assign(more, sources.variables)

  out.say('Starting Temporal and a worker.')
  const { warehouse, client, temporal } = await startLocal(context, true)
  const { project, plan } = await context.plan()
  out.say('Applying the sample project.')
  await applyProject(warehouse, project, plan, { who: 'demo', environment: context.environment, version })
  await applySchedules(client, schedulesOf(project, plan, context.settings.taskQueue))
  out.say(again ? 'Reading everything again.' : 'Reading everything for the first time.')
  const stop = new AbortController()
  const read = (source: string) =>
    startSync(client, context.settings.taskQueue, { source, sync: 'daily', reading: 'full', trigger: 'manual', askedBy: 'demo' })
  // A zaak gets its buurt by the boundaries that stand in the warehouse: these first, then all else side by side.
  const [boundaries, others] = [['gebieden'], [...project.sources.keys()].filter((source) => source !== 'gebieden')]
  const summaries = new Map<string, RunSummary>()
  for (const wave of [boundaries, others]) {
    const started = await Promise.all(wave.map(async (source) => ({ source, workflowId: await read(source) })))
    for (const { source, workflowId } of started) {
      const summary = await follow(warehouse.db, client, workflowId, out, stop.signal)
      if (!summary) return exit.interrupted
      summaries.set(source, summary)
    }
  }

  const lines = (await Promise.all([...summaries.values()].map(({ id }) => datasetLines(warehouse.db, id)))).flat()
  out.say()
  out.table(lines, balanceColumns)
  out.say()
  const balanced = tellBalance(out, lines)
  await tellFindings(out, warehouse, plan, summaries.get('open-zaak')!.id)
  const analyst = await makeAnalyst(context, warehouse, postgres, 'analyst')
  await tellMart(out, analyst)
  const refused = await tellRefusal(out, analyst)
  await tellPerBuurt(out, await makeAnalyst(context, warehouse, postgres, 'analyst_wmo', 'wmo-monitor'))
  tellNext(out, Boolean(options.keep))
  out.say(`Done in ${((performance.now() - began) / 1000).toFixed(0)} s.`)
  if (options.keep) {
    out.say()
    out.say(`Postgres       ${postgres}`)
    out.say(`  analyst      ${analyst}`)
    out.say(`Temporal       ${temporal.address}${temporal.uiUrl ? `, web UI ${temporal.uiUrl}` : ''}`)
    for (const name of ['OPEN_ZAAK_URL', 'CBS_URL', 'GEBIEDEN_URL', 'TOPDESK_URL', 'SUBSIDIES', 'CENTRIC_URL'])
      out.say(`${name.padEnd(15)}${more[name]}`)
    out.say('Ctrl-C stops everything; the data stays.')
    await untilSignal()
  }
  const ended = [...summaries.values()].every(({ status }) => ['synced', 'findings', 'quarantine', 'held'].includes(status))
  return balanced && refused && ended ? exit.good : exit.failed
}

/** Keys of the demo: made once, so that pseudonyms stay the same. */
function variables(folder: string): { [name: string]: string } {
  const file = join(folder, 'variables.json')
  if (!existsSync(file)) {
    const made = {
      GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening'),
      GEMAAL_KEY_SOCIAAL: newPseudonymKey('sociaal'),
      GEMAAL_DEMO_ANALYST: randomBytes(12).toString('base64url'),
    }
    writeFileSync(file, JSON.stringify(made, null, 2), { mode: 0o600 })
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

function tellBalance(out: Output, lines: readonly DatasetLine[]): boolean {
  const red = lines.filter((l) => l.balanced === false)
  if (red.length === 0)
    out.say('Each line balances: read = new + changed + unchanged + duplicate + superseded + removed + quarantined + outside.')
  else out.say(`NOT balanced: ${red.map((l) => l.dataset).join(', ')}.`)
  return red.length === 0
}

/** What a record that broke a rule does, of one and of many. */
const doesWords: { readonly [severity: string]: readonly [string, string] } = {
  reject: ['waits in quarantine', 'wait in quarantine'],
  blank: ['lands without that value', 'land without that value'],
  warn: ['lands, with the finding beside it', 'land, with the finding beside them'],
}

async function tellFindings(out: Output, warehouse: Warehouse, plan: ProjectPlan, runId: number): Promise<void> {
  const rows = await largestFindings(warehouse.db, runId, 3)
  const texts = new Map(Object.entries(builtInRules).map(([id, rule]) => [id, rule.en]))
  for (const { plan: stream } of plan.streams.values()) for (const d of stream.datasets) for (const r of everyRule(d)) texts.set(r.id, r.en)
  out.say()
  out.say('What the rules found, for example:')
  for (const f of rows) {
    const [one, many] = doesWords[f.severity] ?? doesWords.warn!
    out.say(
      `  ${f.rule}: ${f.count} of ${f.of} records of ${f.dataset} ${f.count === 1 ? one : many}. ${texts.get(f.rule) ?? ''}`.trimEnd(),
    )
    out.say(`    such as ${f.examples[0]}`)
  }
}

/** A login as an analyst has one: a member of the readers of the warehouse, and of those of an activity. Returns its URL. */
async function makeAnalyst(
  context: CommandContext,
  warehouse: Warehouse,
  postgres: string,
  suffix: string,
  activity?: string,
): Promise<string> {
  const password = context.environment.GEMAAL_DEMO_ANALYST!
  const name = await makeReaderLogin(warehouse.db, suffix, password, activity)
  const url = new URL(postgres)
  url.username = name
  url.password = password
  return url.href
}

async function tellPerBuurt(out: Output, analyst: string): Promise<void> {
  const client = new pg.Client({ connectionString: analyst })
  await client.connect()
  try {
    const { rows } = await client.query('select * from wmo.per_buurt order by per_1000_inwoners desc, buurt')
    out.say()
    out.say(
      'Mart wmo.per_buurt, read with the login of an analyst of the Wmo: zaken by ZGW, inhabitants by the CBS, boundaries by a geo server.',
    )
    out.say()
    out.say(
      tableText(rows, [
        { name: 'buurt' },
        { name: 'inwoners', right: true },
        { name: 'zaken', right: true },
        { name: 'per_1000_inwoners', right: true },
      ]).trimEnd(),
    )
  } finally {
    await client.end()
  }
}

async function tellMart(out: Output, analyst: string): Promise<void> {
  const client = new pg.Client({ connectionString: analyst })
  await client.connect()
  try {
    const { rows } = await client.query(
      `select to_char(maand, 'YYYY-MM') as maand, zaaktype, heropend, zaken, mediaan_dagen from zaken.doorlooptijd order by maand desc, zaken desc, zaaktype, heropend limit 12`,
    )
    out.say()
    out.say(
      'Mart zaken.doorlooptijd, read with the login of an analyst: how long do we take, by zaaktype and month, with and without reopened zaken?',
    )
    out.say()
    out.say(
      tableText(
        rows.map((r) => ({ ...r, heropend: r.heropend ? 'ja' : 'nee' })),
        [
          { name: 'maand' },
          { name: 'zaaktype' },
          { name: 'heropend' },
          { name: 'zaken', right: true },
          { name: 'mediaan_dagen', right: true },
        ],
      ).trimEnd(),
    )
  } finally {
    await client.end()
  }
}

/** The same login on a dataset with personal data. Returns whether it was refused, as it must be. */
async function tellRefusal(out: Output, analyst: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: analyst })
  await client.connect()
  try {
    await client.query('select count(*) from zaken.rollen')
    out.say('The same login can read zaken.rollen. That must not be: report this.')
    return false
  } catch (error) {
    const code = (error as { code?: string }).code
    out.say()
    out.say(`The same login on zaken.rollen, which holds personal data: refused by Postgres (${code}).`)
    return code === '42501'
  } finally {
    await client.end()
  }
}

function tellNext(out: Output, kept: boolean): void {
  out.say()
  out.say('Next:')
  if (!kept) out.say('  npm run demo -- --keep        leave it up, look around with psql and in the web UI of Temporal')
  out.say('  npx gemaal init waterdam      a project of your own')
  out.say('  npm start                     everything on this machine, until Ctrl-C')
  out.say('  docs/getting-started.md       from nothing to a dataset in ten minutes')
  out.say()
}
