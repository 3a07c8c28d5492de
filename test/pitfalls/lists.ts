/** A project of one source of lists, each paged in another way, and what stands of it in the warehouse. */
import type { StreamOutcome } from '../../worker/pipeline/pipeline.js'
import { type ListsOptions, type ListsServer, startLists } from '../sources/lists/server.js'
import { balanceOf, openProject, type TestProject } from '../support/project.js'

export const ways = ['page', 'offset', 'link', 'token'] as const
export type Way = (typeof ways)[number]

const pages: { [way in Way]: string } = {
  page: 'by: pageNumber, param: page, size: { param: size, value: 10 }',
  offset: 'by: offset, param: offset, size: { param: limit, value: 10 }',
  link: 'by: nextLink, next: next',
  token: 'by: cursorToken, param: token, token: token',
}

export interface ListsProject extends TestProject {
  server: ListsServer
  /** Reads one of the lists and checks that the count balances. */
  readList(way: Way, reading?: 'full' | 'changes'): Promise<StreamOutcome>
  /** Ids that stand in the dataset of a list, in order. */
  ids(way: Way): Promise<number[]>
  /** Ids of the source, in order. */
  idsThere(): number[]
}

/** Fields of the record beside `id`, as YAML of JSON Schema. */
export const plainFields = `
        naam: { type: [string, "null"], kind: none, description: Name of the entry }
        waarde: { type: [number, "null"], kind: none, description: Value of the entry }`

export interface ListsProjectOptions extends ListsOptions {
  /** Whether single entries can be asked for, which proves a delete at once. */
  byKey?: boolean
  /** Fields of the record beside `id`. */
  fields?: string
  /** The `changes` of each stream, as YAML. Left out: there is no such reading. */
  changes?: string
  size?: number
}

function filesOf({
  byKey,
  fields,
  size,
  changes,
}: Required<Pick<ListsProjectOptions, 'byKey' | 'fields' | 'size'>> & Pick<ListsProjectOptions, 'changes'>) {
  const streams = ways.map(
    (way) => `
  ${way}:
    description: Entries by ${way}
    path: ${way}
    pages: { ${pages[way].replace('value: 10', `value: ${size}`)}, records: items, total: total }
    key: id
    ${byKey ? `byKeyPath: ${way}/{id}` : ''}
    ${changes ? `changes: ${changes}` : ''}
    record:
      required: [id]
      properties:
        id: { type: integer, kind: none, description: Number of the entry }${fields}`,
  )
  return {
    'gemaal.yaml':
      'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
    'connectors/lists/connector.yaml': `docs: https://lists.example/docs\nauthentication: { by: none }\nstreams:${streams.join('')}\n`,
    'sources/lists.yaml': 'connector: lists\nbaseUrl: { env: LISTS_URL }\n',
    ...Object.fromEntries(ways.map((way) => [`datasets/lists/${way}.yaml`, `from: lists/${way}\n`])),
  }
}

/** Files of the project. */
export const projectFiles = filesOf({ byKey: true, fields: plainFields, size: 10 })

export async function openLists(options: ListsProjectOptions = {}): Promise<ListsProject> {
  const { byKey = true, fields = plainFields, size = 10, changes, ...of } = options
  const server = await startLists({ largestPage: size, counts: { off: 0 }, ...of })
  const project = await openProject(filesOf({ byKey, fields, size, changes }), { LISTS_URL: server.url })
  const close = project.close
  return Object.assign(project, {
    server,
    async readList(way: Way, reading: 'full' | 'changes' = 'full') {
      const outcome = await project.read(`lists/${way}`, reading)
      balanceOf(outcome, `lists.${way}`)
      return outcome
    },
    async ids(way: Way) {
      return (await project.rows<{ id: number }>(`select id from lists.${way} order by id`)).map(({ id }) => Number(id))
    },
    idsThere: () => server.entries.map(({ id }) => id).sort((a, b) => a - b),
    async close() {
      await close()
      await server.stop()
    },
  })
}
