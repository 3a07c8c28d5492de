import { test } from 'vitest'
import { conforms } from '../conformance.js'
import { sqlFixture } from '../fixtures/sql.js'
import { mariadbIsNotHere, servers } from './servers.js'

// On PostgreSQL the suite of all connectors does it.
for (const { name, start } of servers.slice(1)) conforms(`sql on ${name}`, sqlFixture(start))
if (mariadbIsNotHere) test(mariadbIsNotHere, () => {})
