/** `/healthz`: the process lives. `/readyz`: it can do its work. For orchestrators; tells nothing else. */
import { createServer } from 'node:http'
import { listening, type Serving } from './serving.js'

/**
 * @param port 0: any that is free
 * @param ready says in words what is missing; undefined: ready
 */
export async function serveHealth(port: number, ready: () => Promise<string | undefined>): Promise<Serving> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      response.end(`${text}\n`)
    }
    if (request.url === '/healthz') return answer(200, 'alive')
    if (request.url !== '/readyz') return answer(404, 'not here')
    ready().then(
      (missing) => (missing === undefined ? answer(200, 'ready') : answer(503, missing)),
      () => answer(503, 'not ready'),
    )
  })
  return listening(server, port)
}
