import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rulesPage } from '../../cli/rules-page.js'
import { productRoot, readPack, shippedPacks } from '../../config/packs.js'
import { anchorsOf } from './pages.js'

const packs = [...shippedPacks().values()]

test('docs/rules.md is that of today’s packs; `npm run rules-page` writes it', () => {
  expect(readFileSync(join(productRoot(), 'docs', 'rules.md'), 'utf8')).toBe(rulesPage(packs))
})

test('each rule has a heading of its own to link to', () => {
  const anchors = anchorsOf('docs/rules.md')
  const without = packs.flatMap((pack) => [...pack.rules.keys()]).filter((id) => !anchors.has(id.replaceAll('.', '')))
  expect(without).toEqual([])
})

test('what a rule says is shown as it is, whatever signs are in it', () => {
  const { pack } = readPack(
    'proef',
    'rules/proef.yaml',
    `pack: { title: Proef, registration: BAG }
streep:
  field: x
  check: { pattern: 'a|b' }
  severity: warn
  source: Afspraak <1>
  validFrom: 2026-01-01
  nl: De waarde is a|b of *c*.
  en: The value is a|b or *c*.
  examples: { valid: ['a|b', '\`', ' a'], invalid: [null, ''] }
`,
  )
  const page = rulesPage([pack!])
  expect(page).toContain('| [proef.streep](#proefstreep) | veld | `warn` | De waarde is a\\|b of \\*c\\*. | Afspraak &lt;1> | 2026-01-01 |')
  expect(page).toContain('### proef.streep\n\nDe waarde is a|b of \\*c\\*.  \n*The value is a|b or \\*c\\*.*')
  expect(page).toContain('- Voldoet: `a|b` · `` ` `` · `" a"`\n- Voldoet niet: `null` · `""`')
  expect(page).toContain('Basisregistratie BAG')
  expect(page).toContain('meld het dan terug aan de BAG')
})
