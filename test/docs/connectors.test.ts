import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectorsPage, shippedConnectors } from '../../cli/connectors-page.js'
import { root } from '../../cli/embedded/build.mjs'
import { anchorsOf } from './pages.js'

test('docs/connectors.md is that of today’s connectors; `npm run connectors-page` writes it', async () => {
  expect(readFileSync(join(root, 'docs', 'connectors.md'), 'utf8')).toBe(connectorsPage(await shippedConnectors()))
})

test('each connector has a heading, and each stream that it knows a line with what its readings cannot see', async () => {
  const anchors = anchorsOf('docs/connectors.md')
  const page = readFileSync(join(root, 'docs', 'connectors.md'), 'utf8')
  for (const { name, connector } of await shippedConnectors()) {
    expect(anchors).toContain(name)
    if (typeof connector.streams === 'function') continue
    for (const [stream, { changes, changesReading }] of Object.entries(connector.streams)) {
      expect(page).toContain(`| \`${stream}\` |`)
      if (changes ?? changesReading) expect(page).toMatch(new RegExp(`^- .*\`${stream}\`.*: .+`, 'm'))
    }
  }
})
