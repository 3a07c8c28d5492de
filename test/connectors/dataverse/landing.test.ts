import { afterEach, beforeEach, expect, test } from 'vitest'
import { examplesOf } from '../../docs/pages.js'
import { clientId, clientSecret, contact, type DataverseServer, id, startDataverse } from '../../sources/dataverse/server.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

/** The files of the page, by the path in their first line. */
const files = examplesOf('docs/connectors/dataverse.md')
const gemaal =
  'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n'
const activities =
  'relatiebeheer:\n  purpose: Onderhouden van contacten\n  basis: algemeen belang\n  law: Gemeentewet art. 108\n  until: 2028-12-31\n'

let server: DataverseServer
let project: TestProject
beforeEach(async () => {
  server = await startDataverse()
  const knownAs = Object.entries(server.knownAs).map(([address, api]) => `knownAs: { '${address}': ${api} }\n`)
  project = await openProject(
    { ...files, 'sources/dynamics.yaml': files['sources/dynamics.yaml']! + knownAs, 'gemaal.yaml': gemaal, 'activities.yaml': activities },
    { DYNAMICS: server.url, GEMAAL_DYNAMICS_CLIENT_ID: clientId, GEMAAL_DYNAMICS_CLIENT_SECRET: clientSecret },
  )
})
afterEach(async () => {
  await project?.close()
  await server?.stop()
})

const dataset = 'dynamics.contacts'
const read = (reading?: 'full' | 'changes') => project.read('dynamics/contacts', reading)

test('the source file of the page lands contacts with the labels of their codes, and takes their deletes along', async () => {
  expect(balanceOf(await read(), dataset)).toMatchObject({ read: 8, new: 8, quarantined: 0 })
  const [row] = await project.rows('select contactid, statuscode_label, creditlimit from dynamics.contacts order by 1')
  expect(row).toEqual({ contactid: id(1), statuscode_label: 'Inactief', creditlimit: '1000.5000' })

  server.put('contacts', { ...contact(2), creditlimit: '7.0000' })
  server.remove('contacts', { contactid: id(3) })
  expect(balanceOf(await read('changes'), dataset)).toMatchObject({ read: 2, changed: 1, removed: 1 })
  expect(await project.rows('select 1 from dynamics.contacts')).toHaveLength(7)
})
