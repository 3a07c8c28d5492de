import { expect, test } from 'vitest'
import { loadProject, loadSnapshot } from '../../../config/load.js'
import { findConnectors } from '../../../connectors/load.js'
import { planProject } from '../../../worker/planning/plan.js'
import { sampleFolder } from '../../support/waterdam.js'

const papers = ['enkelvoudiginformatieobjecten', 'objectinformatieobjecten', 'gebruiksrechten', 'besluiten', 'besluitinformatieobjecten']
const types = ['informatieobjecttypen', 'besluittypen']

test('each rule of the standard on documents and besluiten can be judged by the columns that their streams have', async () => {
  const { project: sample } = await loadProject(sampleFolder)
  const contracts = Object.fromEntries([
    ...papers.map((stream) => [`datasets/papieren/${stream}.yaml`, `from: open-zaak/${stream}\nactivity: sturing-dienstverlening\n`]),
    ...types.map((stream) => [`datasets/papieren/${stream}.yaml`, `from: open-zaak/${stream}\n`]),
  ])
  const { project } = loadSnapshot({ ...sample.files, ...contracts })
  const { problems, unjudged, streams } = await planProject(project, await findConnectors())
  expect(problems).toEqual([])
  expect(unjudged.filter(({ dataset }) => dataset.startsWith('papieren.'))).toEqual([])
  const judged = new Set(
    [...streams.values()].flatMap(({ plan: { datasets } }) =>
      datasets.flatMap(({ rules, setRules, referenceRules }) => [...rules, ...setRules, ...referenceRules].map(({ id }) => id)),
    ),
  )
  const written = ['zgw-documenten', 'zgw-besluiten'].flatMap((pack) => [...project.packs.get(pack)!.rules.keys()])
  expect(written.length).toBeGreaterThan(15)
  expect(written.filter((id) => !judged.has(id))).toEqual([])
})
