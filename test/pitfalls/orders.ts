/** A project of the orders of a web shop, which have a moment of their last change, and what stands of them in the warehouse. */
import { readFile } from 'node:fs/promises'
import type { StreamOutcome } from '../../worker/pipeline/pipeline.js'
import { credentials, type Order, type OrdersOptions, type OrdersServer, startOrders } from '../sources/orders/server.js'
import { balanceOf, openProject, type TestProject } from '../support/project.js'

const connector = new URL('../connectors/probes/orders/connector.yaml', import.meta.url)

export interface OrdersProject extends TestProject {
  server: OrdersServer
  readOrders(reading?: 'full' | 'changes'): Promise<StreamOutcome>
  /** Where the dataset is in the stream, as it is kept. */
  checkpoint(): Promise<string | null>
  /** The orders that stand, as `<id> <status> <amount> <moment in UTC with microseconds>`. */
  here(): Promise<string[]>
  /** The same of the source. */
  there(): string[]
}

export const order = (id: number, changedAt: string, more: Partial<Order> = {}): Order => ({
  id,
  changedAt,
  status: 'open',
  amount: '1.00',
  note: null,
  lines: [],
  ...more,
})

export async function openOrders(options: OrdersOptions = {}, more: { [path: string]: string } = {}): Promise<OrdersProject> {
  const server = await startOrders({ requestsPerToken: 1000, ...options })
  const project = await openProject(
    {
      'gemaal.yaml':
        'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
      'activities.yaml':
        'verkoop:\n  purpose: Volgen van de verkoop\n  basis: algemeen belang\n  law: Gemeentewet art. 160\n  until: 2028-12-31\n',
      'connectors/orders/connector.yaml': await readFile(connector, 'utf8'),
      'sources/winkel.yaml': 'connector: orders\nbaseUrl: { env: WINKEL_URL }\n',
      'datasets/verkoop/orders.yaml': 'from: winkel/orders\nactivity: verkoop\nretention: { keep: 7 years, after: changed_at }\n',
      ...more,
    },
    {
      WINKEL_URL: `${server.url}/api`,
      GEMAAL_WINKEL_CLIENT_ID: credentials.clientId,
      GEMAAL_WINKEL_CLIENT_SECRET: credentials.clientSecret,
    },
  )
  const { close, rows } = project
  return Object.assign(project, {
    server,
    async readOrders(reading: 'full' | 'changes' = 'full') {
      const outcome = await project.read('winkel/orders', reading)
      balanceOf(outcome, 'verkoop.orders')
      return outcome
    },
    async checkpoint() {
      const [row] = await rows<{ checkpoint: string | null }>(`select checkpoint from gemaal.checkpoints where dataset = 'verkoop.orders'`)
      return row?.checkpoint ?? null
    },
    async here() {
      const standing = await rows<{ text: string }>(
        `select concat_ws(' ', id, status, total_amount::text, to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) as text
         from verkoop.orders`,
      )
      return standing.map(({ text }) => text).sort()
    },
    there: () =>
      server.orders.map(({ id, status, amount, changedAt }) => `${id} ${status} ${plain[amount] ?? amount} ${micros(changedAt)}`).sort(),
    async close() {
      await close()
      await server.stop()
    },
  })
}

/** Amounts in another notation than Postgres writes. */
const plain: { [amount: string]: string } = { '1E+3': '1000', '-0': '0', '1e-7': '0.0000001' }

/** The moment in UTC, cut off after the microsecond. */
function micros(text: string): string {
  const [, seconds = '', fraction = '', zone = 'Z'] = /^(.{19})(?:\.(\d+))?(.*)$/.exec(text) ?? []
  return `${new Date(seconds + zone).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}
