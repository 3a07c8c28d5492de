import type { Rights } from './grants.js'
import type { JsonRecord, JsonValue } from './model.js'
import { cutPage, linkTo } from './paging.js'
import * as problems from './problems.js'
import type { Asked, House } from './routes.js'

/** The applications that know the server, as the Autorisaties API tells of them: a list of pages, each by itself, and who we are. */
export function applicaties(house: House, asked: Asked): JsonValue {
  const [, name] = asked.path
  if (name === 'consumer') return shown(house, asked, asked.query.get('clientId') ?? '')
  if (name !== undefined) return shown(house, asked, [...house.rights].find(([, { uuid }]) => uuid === name)?.[0] ?? '')
  return page(house, asked)
}

function shown({ rights, world }: House, { links }: Asked, client: string): JsonRecord {
  const theirs: Rights | undefined = rights.get(client)
  if (theirs === undefined) throw problems.notFound()
  return theirs.applicatie(client, links, world.municipality)
}

function page(house: House, asked: Asked): JsonRecord {
  const { query } = asked
  const unknown = [...query.keys()].filter((name) => !['clientIds', 'page', 'pageSize'].includes(name))
  if (unknown.length > 0) throw problems.unknownParameters(unknown)
  const wanted = query.get('clientIds')?.split(',')
  const clients = [...house.rights.keys()].filter((client) => wanted === undefined || wanted.includes(client))
  const cut = cutPage(clients.length, query, house.behaviours)
  const link = (number: number | null) => (number === null ? null : linkTo(number, asked.url, query))
  return {
    count: cut.count,
    next: link(cut.next),
    previous: link(cut.previous),
    results: clients.slice(cut.start, cut.end).map((client) => shown(house, asked, client)),
  }
}
