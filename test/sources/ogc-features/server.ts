import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerTo } from './answers.js'
import { buurtenCollection, type Collection, objectenCollection } from './collections.js'

/** How the service departs from what it should do; each is seen of a real one. */
export interface Habits {
  /** `crs` is taken and not acted on: degrees come, and no Content-Crs. */
  ignoresCrs?: boolean
  /** It says the system that was asked for, and gives the other. */
  liesOfCrs?: boolean
  /** Degrees as latitude and longitude. */
  swapsAxes?: boolean
  /** Filters are taken and not acted on. */
  ignoresFilters?: boolean
  /** A cursor is not understood: the list begins again, with 200. */
  forgetsCursor?: boolean
  /** The last full page has a next one, which is empty. */
  endsEmpty?: boolean
  /** Tells how many features match. */
  counts?: boolean
  /** Where properties are described: at /schema, at /queryables, or nowhere. */
  describes?: 'schema' | 'queryables' | 'nowhere'
}

export type Fault = 'busy' | 'down' | 'refused'

export interface FeaturesServer {
  /** Base URL: the landing page. */
  readonly url: string
  readonly collections: Collection[]
  /** Requests in the order in which they came: path and query. */
  readonly asked: string[]
  collection(id: string): Collection
  /** A release of the data: every feature gets another number. */
  release(id: string, change?: (collection: Collection) => void): void
  behave(habits: Habits): void
  /** The next requests with such an address fail. */
  fail(address: RegExp, fault: Fault, times?: number): void
  heal(): void
  stop(): Promise<void>
}

export interface FeaturesOptions {
  collections?: Collection[]
  /** Most features of a page; default 1000. */
  most?: number
}

const statuses: { [fault in Fault]: number } = { busy: 429, down: 503, refused: 403 }

/** A service of OGC API Features on loopback, as GoKoala and pygeoapi behave. */
export async function startFeatures(options: FeaturesOptions = {}): Promise<FeaturesServer> {
  const collections = options.collections ?? [buurtenCollection(), objectenCollection()]
  const asked: string[] = []
  const faults: { address: RegExp; fault: Fault; times: number }[] = []
  let habits: Habits = {}

  const server = createServer((request, response) => {
    const address = request.url ?? '/'
    asked.push(address)
    const fault = faults.find((each) => each.times > 0 && each.address.test(address))
    if (fault) {
      fault.times -= 1
      response.writeHead(statuses[fault.fault], { ...(fault.fault === 'busy' && { 'retry-after': '1' }) }).end()
      return
    }
    const url = new URL(address, `http://${request.headers.host}`)
    const { status = 200, headers = {}, body } = answerTo(url, { collections, habits, most: options.most ?? 1000 })
    const type = status >= 400 ? 'application/problem+json' : 'application/geo+json'
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))

  const collection = (id: string): Collection => {
    const found = collections.find((each) => each.id === id)
    if (!found) throw new Error(`there is no collection ${id}`)
    return found
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ogc/v1`,
    collections,
    asked,
    collection,
    release(id, change = () => {}) {
      change(collection(id))
      collection(id).features.forEach((feature, at) => {
        if (typeof feature.id === 'number') feature.id = 1000 + at + Number(feature.id)
      })
    },
    behave(wanted) {
      habits = wanted
    },
    fail: (address, fault, times = 1) => void faults.push({ address, fault, times }),
    heal: () => void faults.splice(0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
