import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectorJsonSchema } from './form.js'

// Run as `npm run schemas`, from dist/connectors: the schema stands beside the sources, where editors find it.
const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'connectors')
await writeFile(join(folder, 'connector.schema.json'), `${JSON.stringify(connectorJsonSchema(), null, 2)}\n`)
