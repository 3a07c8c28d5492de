import { conforms } from '../conformance.js'
import { sqlFixture } from '../fixtures/sql.js'
import { onEachServer } from './servers.js'

onEachServer((start, name) => {
  if (name !== 'PostgreSQL') conforms(`sql on ${name}`, sqlFixture(start))
})
