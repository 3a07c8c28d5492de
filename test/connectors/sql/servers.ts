import { describe, test } from 'vitest'
import { findMariadb, startMariadbSource } from '../../sources/sql/mariadb.js'
import { startPostgresSource } from '../../sources/sql/postgres.js'
import type { SqlSource } from '../../sources/sql/source.js'

const programs = await findMariadb()

/** @param more arguments of a server that is started for the test */
export type Start = (more?: readonly string[]) => Promise<SqlSource>

/** Real servers that can be had here. */
export const servers: readonly { name: string; start: Start }[] = [
  { name: 'PostgreSQL', start: () => startPostgresSource() },
  ...(typeof programs === 'string' ? [] : [{ name: 'MariaDB', start: (more?: readonly string[]) => startMariadbSource(programs, more) }]),
]

/** Name of the test that tells so where it cannot be had. */
export const mariadbIsNotHere = typeof programs === 'string' ? `MariaDB is not tried here: ${programs}` : undefined

/** The same tests on each of them. One that cannot be had is told by a test of its own. */
export function onEachServer(tests: (start: Start, name: string) => void): void {
  for (const { name, start } of servers) describe(name, () => tests(start, name))
  if (mariadbIsNotHere) test(mariadbIsNotHere, () => {})
}
