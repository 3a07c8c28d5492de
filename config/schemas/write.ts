/** `npm run schemas`: writes the JSON Schemas beside their source. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { productRoot } from '../packs.js'
import { editorSchemas } from './make.js'

for (const [file, text] of Object.entries(editorSchemas())) writeFileSync(join(productRoot(), 'config', 'schemas', file), text)
