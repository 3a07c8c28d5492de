/** `npm run rules-page`: writes docs/rules.md from the shipped packs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { productRoot, shippedPacks } from '../config/packs.js'
import { rulesPage } from './rules-page.js'

writeFileSync(join(productRoot(), 'docs', 'rules.md'), rulesPage([...shippedPacks().values()]))
