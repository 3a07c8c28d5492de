import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Fault } from './behaviours.js'
import { Problem, serverError } from './problems.js'
import type { Answer } from './routes.js'

/** How faults get onto the wire. */

const gatewayPage =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n'

export function problemAnswer(problem: Problem, origin: string): Answer {
  // Open Zaak declares problem+json and was seen to send this.
  return { status: problem.status, headers: { 'Content-Type': 'application/json' }, body: problem.body(origin) }
}

export function html(status: number, body: string): Answer {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body }
}

export function tooMany(retryAfter: string | undefined): Answer {
  const answer = html(429, '<html><head><title>429 Too Many Requests</title></head><body>Too Many Requests</body></html>')
  return retryAfter === undefined ? answer : { ...answer, headers: { ...answer.headers, 'Retry-After': retryAfter } }
}

/** The answer that a fault puts in the place of the right one; undefined when the fault is in how the right one is sent. */
export function inPlaceOf(fault: Fault, origin: string, person: () => string): Answer | undefined {
  if (fault.kind === 'gateway') return html(502, gatewayPage)
  if (fault.kind === 'tooMany') return tooMany(fault.retryAfter)
  if (fault.kind === 'status') {
    const code = fault.code ?? 'error'
    const problem = fault.status === 500 ? serverError() : new Problem(fault.status, 'APIException', code, 'Fout.', 'Er ging iets mis.')
    return problemAnswer(problem, origin)
  }
  if (fault.kind === 'hugeError') return hugeError(fault, origin, person)
  return undefined
}

/** The error of a server in debug mode: it shows all that it had in hand. */
function hugeError({ status, bytes }: { status: number; bytes: number }, origin: string, person: () => string): Answer {
  const lines: string[] = []
  for (let length = 0; length < bytes; length += lines.at(-1)!.length) lines.push(`Traceback: DataError at betrokkene ${person()}; `)
  const problem = new Problem(status, 'APIException', 'error', 'Er is een serverfout opgetreden.', lines.join(''))
  return problemAnswer(problem, origin)
}

/** Sends an answer, with the fault that it has to have. Ends when it is sent, or cut off. */
export async function send(request: IncomingMessage, response: ServerResponse, answer: Answer, fault: Fault | undefined): Promise<void> {
  const headers = { ...answer.headers }
  if (fault?.kind === 'contentType') headers['Content-Type'] = fault.contentType
  if (request.method === 'HEAD') {
    response.writeHead(answer.status, headers).end()
    return
  }
  if (typeof answer.body !== 'string' && !spoils(fault)) {
    response.writeHead(answer.status, headers)
    return pipeline(Readable.from(answer.body), response)
  }
  const text = typeof answer.body === 'string' ? answer.body : [...answer.body].join('')
  const body = encode(text, fault)
  if (fault?.kind === 'reset') return cutOff(response, answer.status, headers, body)
  const sent = fault?.kind === 'truncated' ? body.subarray(0, Math.floor(body.length / 2)) : body
  const length = answer.status === 304 ? {} : { 'Content-Length': String(sent.length) }
  response.writeHead(answer.status, { ...headers, ...length }).end(sent)
}

const spoils = (fault: Fault | undefined): boolean => fault !== undefined && ['reset', 'truncated', 'encoding'].includes(fault.kind)

function encode(text: string, fault: Fault | undefined): Buffer {
  if (fault?.kind !== 'encoding') return Buffer.from(text, 'utf8')
  return fault.encoding === 'utf8-bom' ? Buffer.from(`\ufeff${text}`, 'utf8') : Buffer.from(text, fault.encoding)
}

/** Half of the body that was announced, and then the end of the connection. */
async function cutOff(response: ServerResponse, status: number, headers: { [name: string]: string }, body: Buffer): Promise<void> {
  response.writeHead(status, { ...headers, 'Content-Length': String(body.length) })
  await new Promise<void>((sent) => response.write(body.subarray(0, Math.floor(body.length / 2)), () => sent()))
  response.socket?.resetAndDestroy()
}
