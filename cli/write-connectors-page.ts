/** `npm run connectors-page`: writes docs/connectors.md from the shipped connectors. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectorsPage, shippedConnectors } from './connectors-page.js'
import { productRoot } from './version.js'

writeFileSync(join(productRoot, 'docs', 'connectors.md'), connectorsPage(await shippedConnectors()))
