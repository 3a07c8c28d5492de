/** A source of the project, opened to look at its connector: every request is counted, and there is an end to them. */

import { type Budget, memoryBudget } from '../connectors/budget.js'
import type { JsonObject, SliceContext, Stream } from '../connectors/connector.js'
import { streamsOf } from '../connectors/load.js'
import { type OpenStream, openStream } from '../connectors/stream.js'
import { contextOf, limitsOf, openSource } from '../worker/source-client.js'
import type { ConnectorHome } from './connector-home.js'
import type { CommandContext } from './context.js'
import { notThere } from './project-here.js'
import { nothing, sourceOptions } from './reading.js'

/** As many requests were sent as may be. */
export class Enough extends Error {
  override name = 'Enough'
}

export interface LookedAt {
  connector: string
  streams: { readonly [name: string]: OpenStream }
  /** What a full reading of a stream begins with; it may send so many requests from now on. */
  context(stream: OpenStream, requests: number): SliceContext
  /** Requests that were sent until now. */
  sent(): number
  close(): void
}

export async function lookAt(context: CommandContext, { connectors }: ConnectorHome, source: string): Promise<LookedAt> {
  const { project } = await context.plan()
  const file = project.sources.get(source)
  if (!file) throw notThere('source', source, [...project.sources.keys()])
  const connector = await connectors.get(file.connector)
  const stated = { settings: file.settings as JsonObject, streams: file.streams as { [name: string]: JsonObject } }
  const streams: { readonly [name: string]: Stream } = streamsOf(connector, stated)
  const budget = new Bounded(memoryBudget(limitsOf(file)))
  const options = sourceOptions(context)
  const client = openSource(file, connector, options, { budget })
  const stop = new AbortController()
  const interrupt = () => stop.abort(new Error('interrupted'))
  process.once('SIGINT', interrupt)
  return {
    connector: file.connector,
    streams: Object.fromEntries(Object.keys(streams).map((name) => [name, openStream(name, streams)])),
    context(stream, requests) {
      budget.allow(requests)
      return {
        ...contextOf({ project, file, connector, stream }, client, options, stop.signal),
        reading: 'full',
        checkpoint: undefined,
        fields: new Set(stream.fields.map(({ path }) => path[0]!)),
        where: [],
        known: nothing,
      }
    },
    sent: () => budget.sent,
    close() {
      process.removeListener('SIGINT', interrupt)
      client.close()
    },
  }
}

/** The budget of the source file, with an end. */
class Bounded implements Budget {
  readonly #budget: Budget
  #left = 0
  sent = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  allow(requests: number): void {
    this.#left = requests
  }

  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (this.#left <= 0) throw new Enough('no more requests are sent for this')
    this.#left -= 1
    this.sent += 1
    return this.#budget.acquire(signal)
  }

  blockedUntil(until: Date): Promise<void> {
    return this.#budget.blockedUntil(until)
  }
}
