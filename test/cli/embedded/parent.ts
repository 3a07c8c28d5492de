/** A program that starts both servers in the folder given as argument, prints their pids as one line of JSON, and stays until it is killed. */
import { startPostgres } from '../../../cli/embedded/postgres.js'
import { startTemporal } from '../../../cli/embedded/temporal.js'
import { testBinaries } from '../../support/settings.js'

const [folder = '', which = 'both'] = process.argv.slice(2)
const log = () => {}
const postgres = which === 'temporal' ? undefined : await startPostgres({ folder, log, binaries: testBinaries })
const temporal = which === 'postgres' ? undefined : await startTemporal({ folder, log, environment: process.env, headless: true })
console.log(JSON.stringify({ postgres: postgres?.pid, temporal: temporal?.pid }))
setInterval(() => {}, 60_000)
