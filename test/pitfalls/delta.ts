/** A project of employees that a source tells by what changed since a token, and what stands of them in the warehouse. */
import { type DeltaServer, type Item, key, startDelta } from '../sources/delta/server.js'
import { probeFiles } from '../support/probes.js'
import { openProject, type TestProject } from '../support/project.js'
import { projectFiles } from './lists.js'

type Landed = Pick<Item, 'id' | 'afdeling'>

export interface DeltaProject extends TestProject {
  server: DeltaServer
  /** What stands of the employees, whose names and telephone numbers do not land, in order. */
  here(): Promise<Landed[]>
  /** The same of the source. */
  there(): Landed[]
}

export const item = (id: number, more: Partial<Item> = {}): Item => ({
  id: `m${id}`,
  naam: `Naam ${id}`,
  afdeling: null,
  telefoon: `06-${id}`,
  ...more,
})

export async function openDelta(first: Item[]): Promise<DeltaProject> {
  const server = await startDelta(first)
  const project = await openProject(
    {
      ...(await probeFiles('delta')),
      'gemaal.yaml': projectFiles['gemaal.yaml'],
      'activities.yaml':
        'personeel:\n  purpose: Bezetting volgen\n  basis: algemeen belang\n  law: Ambtenarenwet 2017 art. 5\n  until: 2028-12-31\n',
      'sources/gids.yaml': 'connector: delta\nbaseUrl: { env: GIDS_URL }\n',
      'datasets/hr/medewerkers.yaml': 'from: gids/medewerkers\nactivity: personeel\n',
    },
    { GIDS_URL: `${server.url}/v1`, GEMAAL_GIDS_KEY: key },
  )
  const { close } = project
  const sorted = (items: Landed[]) => items.map(({ id, afdeling }) => ({ id, afdeling })).sort((a, b) => (a.id < b.id ? -1 : 1))
  return Object.assign(project, {
    server,
    here: async () => sorted(await project.rows<Landed>('select id, afdeling from hr.medewerkers')),
    there: () => sorted(server.items()),
    async close() {
      await close()
      await server.stop()
    },
  })
}
