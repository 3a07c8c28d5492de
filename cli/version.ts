/** Version of the product, from package.json. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const { version: own } = createRequire(import.meta.url)('@gemaal/gemaal/package.json') as { version: string }

export const version: string = own

/** Root of the product: where its package.json is. */
export const productRoot: string = dirname(createRequire(import.meta.url).resolve('@gemaal/gemaal/package.json'))
