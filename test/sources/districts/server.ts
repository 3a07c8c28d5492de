import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A source with many small parts, each of whose answers a test can keep back or refuse. Paths are those under `/`: `adressen/noord`. */
export interface DistrictsServer {
  url: string
  /** Names of the districts. */
  districts: string[]
  /** The day of the newest report, and how far back changes are told. */
  today: string
  forgetsBefore: string
  /** Answers of a path from now on: a status in place of the records, with `Retry-After`. */
  refuse(path: string, status: number, retryAfter?: string): void
  /** Keeps the answers of a path back until `release`. Resolves when one is kept. */
  hold(path: string): Promise<void>
  /** Lets go of a path, or of all. */
  release(path?: string): void
  /** Takes back all refusals and holds. */
  calm(): void
  /** Paths in the order in which they were called, and how many were being answered at once at most. */
  calls: string[]
  mostAtOnce: number
  stop(): Promise<void>
}

export async function startDistricts(districts: string[]): Promise<DistrictsServer> {
  const refusals = new Map<string, { status: number; retryAfter: string | undefined }>()
  const holds = new Map<string, { arrived: () => void; released: Promise<void>; release: () => void }>()
  let open = 0
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.slice(1)
    source.calls.push(path)
    open += 1
    source.mostAtOnce = Math.max(source.mostAtOnce, open)
    response.once('close', () => {
      open -= 1
    })
    const held = holds.get(path)
    held?.arrived()
    await held?.released
    const refusal = refusals.get(path)
    if (refusal) send(response, refusal.status, { detail: 'refused' }, refusal.retryAfter)
    else if (path === 'wijken')
      send(
        response,
        200,
        source.districts.map((wijk) => ({ wijk })),
      )
    else if (path === 'meldingen') sendReports(response, source, searchParams.get('since'))
    else if (path.startsWith('adressen/')) send(response, 200, addressesIn(path.slice('adressen/'.length)))
    else send(response, 404, { detail: 'not here' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const source: DistrictsServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    districts,
    today: '2026-11-25',
    forgetsBefore: '2026-11-01',
    calls: [],
    mostAtOnce: 0,
    refuse: (path, status, retryAfter) => void refusals.set(path, { status, retryAfter }),
    hold(path) {
      const released = deferred()
      const arrived = deferred()
      holds.set(path, { arrived: arrived.resolve, released: released.promise, release: released.resolve })
      return arrived.promise
    },
    release(path) {
      for (const [name, { release }] of holds) {
        if (path !== undefined && name !== path) continue
        holds.delete(name)
        release()
      }
    },
    calm() {
      refusals.clear()
      source.release()
    },
    stop: () =>
      new Promise((resolve) => {
        source.release()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return source
}

/** Ten in each. */
function addressesIn(wijk: string): object[] {
  return Array.from({ length: 10 }, (_, i) => ({ adres: `${wijk}-${i}`, wijk }))
}

function sendReports(response: ServerResponse, { today, forgetsBefore }: DistrictsServer, since: string | null): void {
  if (since !== null && since < forgetsBefore) send(response, 410, { detail: 'forgotten' })
  else send(response, 200, [{ melding: `m-${today}`, dag: today }])
}

function send(response: ServerResponse, status: number, body: unknown, retryAfter?: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...(retryAfter !== undefined && { 'retry-after': retryAfter }) })
    .end(JSON.stringify(body))
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** A project that reads it, each stream into a dataset. @param giveUpAfter `10 minutes` */
export async function districtsProject(giveUpAfter = '1 day'): Promise<{ [path: string]: string }> {
  return {
    'gemaal.yaml': `gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }\ncontact: { data: datateam@waterdam.example, fg: fg@waterdam.example }\n`,
    'connectors/districts/connector.ts': await readFile(new URL('./connector.ts', import.meta.url), 'utf8'),
    'sources/town.yaml': `connector: districts\nbaseUrl: { env: TOWN_URL }\ngiveUpAfter: ${giveUpAfter}\n`,
    'datasets/town/wijken.yaml': 'from: town/wijken\n',
    'datasets/town/adressen.yaml': 'from: town/adressen\n',
    'datasets/town/meldingen.yaml': 'from: town/meldingen\n',
  }
}
