#!/usr/bin/env node
/**
 * The command `gemaal`. Runs `dist/cli/main.js`, which reads `process.argv`; in a checkout whose sources changed since, it builds first.
 * Plain JavaScript that imports little: every command pays for what is here.
 */
import { existsSync } from 'node:fs'
import module from 'node:module'
import { build, isStale, root } from './embedded/build.mjs'
import { checkNode } from './embedded/node-version.mjs'

checkNode()
if (isStale()) {
  console.error('The sources changed: building first.')
  const { ok, output } = build()
  // A person who works on one file wants to run it while another is unfinished; `npm run build` and the tests are strict.
  if (!ok) console.error(`${output}The sources have errors; running what could be built.`)
}

const main = new URL('../dist/cli/main.js', import.meta.url)
if (!existsSync(main)) {
  console.error(`${main.pathname} is missing and could not be built. Run: npm ci && npm run build`)
  process.exit(1)
}
// Not in a shared temporary folder: what is in this cache is run. Where it cannot be written, nothing is cached.
module.enableCompileCache?.(`${root}/dist/.compile-cache`)
await import(main.href)
