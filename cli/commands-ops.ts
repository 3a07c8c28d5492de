/** The verbs of those who run the syncs and mend what breaks. */
import type { Command } from 'commander'
import { as } from './verb.js'

export function addOps(program: Command): void {
  program
    .command('status')
    .description('how each dataset stands, in one word, and when its next run is')
    .option('--check', 'for monitoring: only what is wrong, and an exit code')
    .action(as('run', () => import('./status.js')))
}
