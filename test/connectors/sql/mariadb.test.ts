import { test } from 'vitest'
import { findMariadb, startMariadbSource } from '../../sources/sql/mariadb.js'
import { conforms } from '../conformance.js'
import { sqlFixture } from '../fixtures/sql.js'

const programs = await findMariadb()

if (typeof programs === 'string') test(`MariaDB is not tried here: ${programs}`, () => {})
else
  conforms(
    'sql on MariaDB',
    sqlFixture(() => startMariadbSource(programs)),
  )
