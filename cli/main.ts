/**
 * The `gemaal` command. Each verb is a file that is loaded when it is called, so that help comes at once.
 */
import { Command, CommanderError } from 'commander'
import { addOps } from './commands-ops.js'
import { exit } from './exit.js'
import { as, verb } from './verb.js'
import { version } from './version.js'

export const program = new Command('gemaal')
  .description('Reads registrations, checks each record, and lands datasets that people can trust.')
  .version(version, '-V, --version')
  .option('-p, --project <folder>', 'folder of the project; else GEMAAL_PROJECT, else the nearest gemaal.yaml upwards')
  .option('--env <name>', "lay gemaal.<name>.yaml over gemaal.yaml; only 'test'")
  .option('--json', 'data as one JSON document on stdout')
  .option('-v, --verbose', 'show where an error comes from')
  .showSuggestionAfterError()
  .exitOverride()

program
  .command('demo')
  .description('run the sample municipality from source to mart')
  .option('--keep', 'leave everything up and print the addresses')
  .option('--zaken <n>', 'size of the municipality', '5000')
  .action(verb(() => import('./demo.js')))
program
  .command('dev')
  .description('run everything on this machine until Ctrl-C')
  .action(verb(() => import('./dev.js')))
program
  .command('init [folder]')
  .description('make a project, in this folder or another')
  .option('--name <name>', 'name of the municipality')
  .option('--code <code>', 'its CBS code, four digits')
  .option('--rsin <rsin>', 'its RSIN, nine digits')
  .option('--contact <address>', 'e-mail address of who mends the data')
  .option('--fg <address>', 'e-mail address of the privacy officer')
  .option('--schemas', 'only renew the forms for editors in a project that is there')
  .action(verb(() => import('./init.js')))
const source = program.command('source').description('the sources of the project')
source
  .command('add <name>')
  .description('make the file of a source, and say what it needs')
  .requiredOption('--connector <name>', 'how it is read; see gemaal connector list')
  .option('--url <address>', 'where it is; left out: the address is taken from <NAME>_URL')
  .action(as('add', () => import('./source.js')))
const dataset = program.command('dataset').description('the datasets of the project')
dataset
  .command('add <name>')
  .description('make the contract of <schema>.<dataset>, and show what would land')
  .requiredOption('--from <stream>', 'where it takes from: <source>/<stream>')
  .option('--activity <name>', 'processing activity of activities.yaml')
  .option('--personal <kinds>', 'kinds of personal data to ask for, with commas between them')
  .action(as('add', () => import('./dataset.js')))
const keys = program.command('keys').description('the keys that make pseudonyms')
keys
  .command('new <domain>')
  .description('make the first key of a domain; it is shown once')
  .option('--write <file>', 'put it in a file that only you may read')
  .action(as('make', () => import('./keys.js')))
keys
  .command('list')
  .description('the domains that the project needs, and whether their keys are here')
  .action(as('list', () => import('./keys.js')))
keys
  .command('replace <domain>')
  .description('start a new generation of pseudonyms')
  .option('--write <file>', 'put the new key in a file that only you may read')
  .option('-y, --yes', 'do it')
  .action(as('replace', () => import('./keys.js')))
program
  .command('doctor')
  .description('look at all that a run needs, and say what to do about what is not right')
  .action(verb(() => import('./doctor.js')))
program
  .command('try <stream>')
  .description('ask the source for <source>/<stream>, and show what would land; writes nothing')
  .option('--limit <n>', 'records to show', '20')
  .option('--key <key...>', 'only these records: a key, or field=value,field=value')
  .option('--dataset <name>', 'show them as this dataset takes them')
  .action(verb(() => import('./try.js')))
program
  .command('discover <source>')
  .description('the streams of a source; proposals for one whose streams are known only there')
  .option('--write', 'put the proposals in the source file')
  .action(verb(() => import('./discover.js')))
const datasets = program.command('datasets').description('what the datasets hold, who reads them, how current they are')
datasets
  .command('list')
  .description('all datasets')
  .action(as('list', () => import('./datasets.js')))
datasets
  .command('show <name>')
  .description('columns of <schema>.<dataset>, what is left out, and SQL to look')
  .action(as('show', () => import('./datasets.js')))
datasets
  .command('export [name]')
  .description('the contract of a dataset, or of all, in a form that other tools read')
  .option('--format <name>', 'odcs: Open Data Contract Standard 3.1', 'odcs')
  .option('--out <folder>', 'write a file a dataset there, rather than to stdout')
  .action(verb(() => import('./datasets-export.js')))
program
  .command('questions')
  .description('which question is answered from what, and what it cannot say')
  .action(verb(() => import('./questions.js')))
const rules = program.command('rules').description('what records have to satisfy')
rules
  .command('list')
  .description('all rules, with where they hold')
  .option('--pack <name>', 'only those of a pack; own: those of contracts')
  .option('--dataset <name>', 'only those that hold for a dataset, or are left out of it')
  .option('--level <word>', 'only those on a field, record, dataset, reference or load')
  .action(as('list', () => import('./rules.js')))
rules
  .command('show <rule>')
  .description('a rule in full, with its examples')
  .action(as('show', () => import('./rules.js')))
rules
  .command('test [rule]')
  .description("whether the examples of the project's own rules are judged as they say, or those of a rule, pack or dataset")
  .option('--pack <name>', 'the rules of a pack, a shipped one too; own: those of contracts')
  .option('--dataset <name>', 'the rules that hold for a dataset')
  .action(verb(() => import('./rules-test.js')))
rules
  .command('explain <file>')
  .description('what each rule of a dataset says of one record, as the source gives it, in a file with JSON or - for stdin')
  .requiredOption('--dataset <name>', 'dataset that it would land in')
  .option('--stream <stream>', '<source>/<stream> that it came by, for a dataset of several')
  .action(verb(() => import('./rules-explain.js')))
const connector = program.command('connector').description('the kinds of sources that can be read')
connector
  .command('list')
  .description('all connectors')
  .action(as('list', () => import('./connector.js')))
connector
  .command('show <name>')
  .description('a connector, or with <name>/<stream> the fields of a stream')
  .action(as('show', () => import('./connector.js')))
connector
  .command('new <name>')
  .description('make a connector that works, with a recording, to change into the one that you need')
  .option('--typescript', 'in TypeScript; left out: as data')
  .option('--openapi <file|url>', 'propose it from an OpenAPI document, for a person to confirm')
  .action(verb(() => import('./connector-new.js')))
connector
  .command('record <stream>')
  .description('make recordings of <source>/<stream> to test by: what says something of a person is made up, and nothing else is kept')
  .option('--limit <n>', 'records to take', '20')
  .action(as('record', () => import('./connector-record.js')))
connector
  .command('test <name>')
  .description('whether a connector keeps to its contract, by its recordings')
  .option('--source <source>', 'on a source of the project instead, in few requests')
  .action(verb(() => import('./connector-test.js')))
const privacy = program.command('privacy').description('what lands for which purpose, for the privacy officer')
privacy
  .command('show [activity]')
  .description('a page in Dutch for an activity, or for each')
  .action(as('show', () => import('./privacy.js')))
privacy
  .command('approve <activity>')
  .description('approve what the activity lets land now')
  .requiredOption('--by <address>', 'e-mail address of who approves')
  .option('--reference <text>', 'document that the approval rests on, such as a DPIA')
  .action(as('approve', () => import('./privacy.js')))
program
  .command('check')
  .description('check the project; needs no network, for CI')
  .action(verb(() => import('./check.js')))
program
  .command('plan')
  .description('say what apply would do')
  .action(verb(() => import('./plan.js')))
program
  .command('apply')
  .description('bring warehouse and schedules to the project')
  .option('--sql', 'print what a DBA must run, and change nothing')
  .action(verb(() => import('./apply.js')))
program
  .command('run <target>')
  .description('run <source>[/<sync>] or <schema>.<dataset> now')
  .option('--full', 'read everything, not only changes')
  .option('--no-wait', 'start it and return')
  .action(verb(() => import('./run.js')))
addOps(program)
program
  .command('migrate')
  .description('bring the control schema up to date')
  .action(verb(() => import('./migrate.js')))
program
  .command('worker')
  .description('run a worker against the configured Postgres and Temporal')
  .action(verb(() => import('./worker.js')))

// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? exit.good : exit.usage
}
