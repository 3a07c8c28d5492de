import { expect, test } from 'vitest'
import { findConnectors } from '../../connectors/load.js'
import { conforms, type Fixture } from './conformance.js'
import { cbsFixture } from './fixtures/cbs.js'
import { dataverseFixture } from './fixtures/dataverse.js'
import { delta } from './fixtures/delta.js'
import { filesFixture } from './fixtures/files.js'
import { objectenFixture } from './fixtures/objecten.js'
import { odataFixture } from './fixtures/odata.js'
import { ogcFeaturesFixture } from './fixtures/ogc-features.js'
import { orders } from './fixtures/orders.js'
import { recordedFixtures } from './fixtures/recorded.js'
import { sqlOnPostgres } from './fixtures/sql.js'
import { topdeskFixture } from './fixtures/topdesk.js'
import { zgwFixture } from './fixtures/zgw.js'

/** A source for each connector of the product: one that has recordings is played from them, and any other adds its fixture here. */
const shipped: { [connector: string]: Fixture } = {
  ...(await recordedFixtures()),
  cbs: cbsFixture,
  dataverse: dataverseFixture,
  files: filesFixture,
  'ogc-features': ogcFeaturesFixture,
  objecten: objectenFixture,
  odata: odataFixture(4),
  sql: sqlOnPostgres,
  topdesk: topdeskFixture,
  zgw: zgwFixture,
}

/** Connectors that are there to try the contract: as data, with a reader of its own. */
const probes: { [connector: string]: Fixture } = { orders, delta }

test('every connector of the product is held to the contract', async () => {
  expect((await findConnectors()).names).toEqual(Object.keys(shipped).sort())
})

for (const [name, fixture] of Object.entries({ ...shipped, ...probes })) conforms(name, fixture)
