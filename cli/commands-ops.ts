/** The verbs of those who run the syncs and mend what breaks. */
import type { Command } from 'commander'
import { as, verb } from './verb.js'

export function addOps(program: Command): void {
  program
    .command('status')
    .description('how each dataset stands, in one word, and when its next run is')
    .option('--check', 'for monitoring: only what is wrong, and an exit code')
    .action(verb(() => import('./status.js')))
  addRuns(program)
  program
    .command('backfill <target>')
    .description('read <source>[/<sync>] or <schema>.<dataset> whole again')
    .option('--from <day>', 'only records of this day and later, where the source can select by day')
    .option('--to <day>', 'only records of before this day')
    .option('--no-wait', 'start it and return')
    .action(verb(() => import('./backfill.js')))
  addSchedules(program)
  addCheckpoints(program)
  addHolds(program)
  addQuarantine(program)
  addFindings(program)
}

function addFindings(program: Command): void {
  const findings = program
    .command('findings')
    .description('what rules find now: how many of how many, whether it is new, and for example where')
    .option('--dataset <name>', 'only of this dataset')
    .option('--rule <rule>', 'only by this rule')
    .option('--severity <word>', 'only of this severity: reject, blank, warn, report, hold or fail')
    .option('--state <word>', 'only what is so: new, open or resolved')
    .option('--level <word>', 'only by rules on a field, record, dataset, reference or load')
    .option('--run <n>', 'what this run found, rather than what stands now')
    .option('--full', 'what the last full readings found, which judge every record')
    .option('--new', 'only what is new or more than in the reading before')
    .action(verb(() => import('./findings.js')))
  findings
    .command('show <rule>')
    .description('what a rule asks and where that comes from, what to do, and how it went in the last runs')
    .option('--dataset <name>', 'only in this dataset')
    .action(as('show', () => import('./findings.js')))
  findings
    .command('report')
    .description('every record that breaks a rule about a basisregistratie, for who keeps that (terugmelding)')
    .requiredOption('--registration <name>', 'BAG, BRK, BRP, …: as the rule packs name it')
    .option('--format <form>', 'csv (for spreadsheets) or json', 'csv')
    .option('--dataset <name>', 'only of this dataset')
    .action(as('report', () => import('./findings-report.js')))
}

function addRuns(program: Command): void {
  const runs = program.command('runs').description('what ran, and what runs now')
  runs
    .command('list')
    .description('the runs, the newest first')
    .option('--sync <sync>', 'only of <source> or <source>/<sync>')
    .option('--status <word>', 'only those that are so: failed, held, running, …')
    .option('--dataset <name>', 'only those that read this dataset')
    .option('--limit <n>', 'at most so many', '20')
    .option('--before <n>', 'only those before this one: the next page')
    .action(as('list', () => import('./runs-list.js')))
  runs
    .command('show <run>')
    .description('what a run did, stream by stream and dataset by dataset, and what to do next')
    .action(as('show', () => import('./runs-show.js')))
  runs
    .command('cancel <run>')
    .description('stop a run at a safe point; what was published stays')
    .action(as('cancel', () => import('./runs-cancel.js')))
  runs
    .command('retry <run>')
    .description('read again what a run did not bring to its end')
    .option('--no-wait', 'start it and return')
    .action(as('retry', () => import('./runs-retry.js')))
}

function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('when each sync begins')
  schedules
    .command('list [source]')
    .description('all syncs with their next five times; or those of <source>, or <source>/<sync>')
    .action(as('list', () => import('./schedules.js')))
  schedules
    .command('pause <sync>')
    .description('begin no more runs of <source>/<sync>, or of all syncs of <source>; what runs goes on')
    .requiredOption('--note <text>', 'why, for those who find it paused')
    .action(as('pause', () => import('./schedules.js')))
  schedules
    .command('resume <sync>')
    .description('begin runs again')
    .option('--note <text>', 'why')
    .action(as('resume', () => import('./schedules.js')))
  schedules
    .command('trigger <sync>')
    .description('begin a run of <source>/<sync> now, as gemaal run does')
    .option('--no-wait', 'start it and return')
    .action(as('trigger', () => import('./schedules.js')))
}

function addHolds(program: Command): void {
  const holds = program.command('holds').description('publications that wait for a person')
  holds
    .command('list')
    .description('what waits, and what was accepted and is not carried out yet')
    .option('--dataset <name>', 'only of this dataset')
    .option('--source <name>', 'only of this source')
    .option('--all', 'those that were decided or superseded too')
    .action(as('list', () => import('./holds.js')))
  holds
    .command('show <hold>')
    .description('why it waits, for example which rows, and what each decision would do')
    .action(as('show', () => import('./holds.js')))
  const decisions = {
    accept: 'let it go on: publish what was held, or delete what is gone at the source',
    freeze: 'keep the rows, and go on with the rights as they are now',
    reject: 'leave everything as it was; the next run holds again',
  } as const
  for (const [decision, description] of Object.entries(decisions))
    holds
      .command(`${decision} <hold>`)
      .description(description)
      .requiredOption('--reason <text>', 'why, for the audit trail')
      .option('-y, --yes', 'do not ask')
      .option('--no-wait', 'leave it to the workers and return')
      .action(as(decision as keyof typeof decisions, () => import('./holds.js')))
}

function addQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('records that were refused')
  const filtered = (command: Command) =>
    command
      .option('--dataset <name>', 'only of this dataset')
      .option('--rule <rule>', 'only those that broke this rule')
      .option('--source <name>', 'only from this source')
      .option('--since <moment>', 'only those that were first refused at or after this moment')
  filtered(quarantine.command('list'))
    .description('refused records, the newest first, and how many each rule refused')
    .option('--closed', 'those that passed since, are gone, or were discarded too')
    .option('--limit <n>', 'at most so many', '50')
    .option('--after <n>', 'the next page')
    .action(as('list', () => import('./quarantine.js')))
  quarantine
    .command('show <entry>')
    .description('a record as it was kept, and what the rules said of it')
    .action(as('show', () => import('./quarantine.js')))
  filtered(quarantine.command('replay [entry...]'))
    .description('see now whether refused records pass: as they were kept where that can tell, else read again by key')
    .option('--all', 'all that is in quarantine')
    .option('--ask-source', 'read again also what the changed rules still refuse as it was kept')
    .option('--no-wait', 'start it and return')
    .action(as('replay', () => import('./quarantine-replay.js')))
  quarantine
    .command('discard <entry...>')
    .description('close entries without landing them')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .option('-y, --yes', 'do not ask')
    .action(as('discard', () => import('./quarantine.js')))
}

function addCheckpoints(program: Command): void {
  const checkpoints = program.command('checkpoints').description('where each dataset is in the streams that feed it')
  checkpoints
    .command('show [dataset]')
    .description('the checkpoints, and whether the next reading is full')
    .action(as('show', () => import('./checkpoints.js')))
  checkpoints
    .command('set <dataset> <checkpoint>')
    .description('let the next reading of changes go on from another point, in the words of the source')
    .option('--from <stream>', 'of <source>/<stream>, where the dataset takes from several')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .option('-y, --yes', 'do not ask')
    .action(as('set', () => import('./checkpoints.js')))
  checkpoints
    .command('reset <dataset>')
    .description('make the next reading full')
    .option('--from <stream>', 'of <source>/<stream>, where the dataset takes from several')
    .option('--reason <text>', 'why, for the audit trail')
    .action(as('reset', () => import('./checkpoints.js')))
}
