import { expect, test } from 'vitest'
import { activitiesForm } from '../../config/activity.js'
import { contractForm } from '../../config/dataset.js'
import { gemaalForm } from '../../config/gemaal.js'
import { treatmentsOf } from '../../config/kinds.js'
import { loadSnapshot } from '../../config/load.js'
import { martForm } from '../../config/mart.js'
import { shippedPacks } from '../../config/packs.js'
import { packForm, packRuleForm } from '../../config/rules.js'
import { sourceForm } from '../../config/source.js'
import { findConnectors } from '../../connectors/load.js'
import { planProject } from '../../worker/planning/plan.js'
import { keysOf, kindsTable } from './forms.js'
import { blocksOf, examplesOf } from './pages.js'
import { expectReal, tableOf } from './real.js'

const page = 'docs/sources-and-datasets.md'

test('the page names every key of every form, as they are today', async () => {
  const packs = [...shippedPacks().values()].map((pack) => [
    `\`${pack.name}\``,
    pack.title,
    pack.version,
    String(pack.rules.size),
    pack.also.map((name) => `\`${name}\``).join(', ') || '–',
  ])
  await expectReal('sources-and-datasets.md', {
    gemaal: keysOf(gemaalForm),
    source: keysOf(sourceForm),
    dataset: keysOf(contractForm),
    activities: keysOf(activitiesForm),
    mart: keysOf(martForm),
    rules: keysOf(packForm),
    packs: tableOf(['pack', 'about', 'version', 'rules', 'brings along'], packs),
    kinds: kindsTable(treatmentsOf),
  })
  // Rules of a pack and rules of a contract have the same keys, which the page shows once.
  const namesIn = (table: string, above = '') =>
    [...table.matchAll(/^\| (?:\*\*)?`([^`]+)`/gm)]
      .flatMap(([, name]) => (name!.startsWith(above) ? [name!.slice(above.length)] : []))
      .sort()
  // But for the bound, which of a pack's rule a contract sets.
  expect([...namesIn(keysOf(packRuleForm)), 'upTo'].sort()).toEqual([...namesIn(keysOf(contractForm), 'rules.own.<name>.')].sort())
})

test('its examples are a project that loads, and that the shipped connectors can plan', async () => {
  const mart = blocksOf(page).filter(({ language, text }) => language === 'sql' && text.startsWith('/* ---'))
  expect(mart).toHaveLength(1)
  const files = { ...examplesOf(page), 'marts/zaken/lopende_zaken.sql': mart[0]!.text }
  expect(Object.keys(files)).toHaveLength(11)
  const { project } = loadSnapshot(files)
  const plan = await planProject(project, await findConnectors({ project: files }))
  expect(plan.problems).toEqual([])
  expect([...plan.streams.keys()].sort()).toEqual(['open-zaak/rollen', 'open-zaak/zaken', 'zaaksysteem/zaken'])
  expect(project.datasets.get('wmo.zaken')!.derived).toEqual([])
})
