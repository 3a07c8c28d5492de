/** Version of the product, from package.json. */
import { createRequire } from 'node:module'

const { version: own } = createRequire(import.meta.url)('@gemaal/gemaal/package.json') as { version: string }

export const version: string = own
