import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/**
 * A server of S3 with one bucket, in memory: lists by pages, gives parts, honours If-Match, and takes no request whose signature is not that of
 * AWS Signature Version 4, worked out here from its description.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export interface S3Server {
  url: string
  bucket: string
  keys: typeof keys
  faults: Faults
  /** Requests, each its method and address. */
  seen: string[]
  put(key: string, content: string | Uint8Array, headers?: { [name: string]: string }): void
  remove(key: string): void
  stop(): Promise<void>
}

export interface Faults {
  /** Answers with this error in place of what was asked for. */
  error?: { status: number; code: string } | undefined
  /** Gives at most so many keys a page, whatever it is asked for. */
  keysAPage?: number
  /** Names the same continuation for ever. */
  repeats?: boolean
  /** Knows no If-Match, as small servers do. */
  ignoresIfMatch?: boolean
  /** Lists ETags without quotes, and gives them as weak. */
  weakTags?: boolean
  /** Leaves out `encoding-type`, as small servers do: keys come as they are. */
  plainKeys?: boolean
  /** Hangs up after so many bytes of a body, once. */
  hangUpAfterBytes?: number | undefined
  /** Runs when a file was asked for, before its first byte goes. */
  onGet?: (() => void) | undefined
}

export const keys = { accessKeyId: 'WATERDAMLEZER', secretAccessKey: 'een-geheim-van-waterdam' }
export const region = 'eu-waterdam-1'

interface Stored {
  bytes: Buffer
  etag: string
  headers: { [name: string]: string }
}

export async function startS3(bucket = 'leveringen'): Promise<S3Server> {
  const objects = new Map<string, Stored>()
  const faults: Faults = {}
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    const failure = faults.error ?? refusalOf(request)
    if (failure) return sendError(response, failure.status, failure.code)
    const url = new URL(request.url!, 'http://x')
    const [, first = '', ...rest] = url.pathname.split('/')
    if (first !== bucket) return sendError(response, 404, 'NoSuchBucket')
    const key = decodeURIComponent(rest.join('/'))
    return key === '' ? list(response, url.searchParams, bucket, objects, faults) : get(request, response, objects, key, faults)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    keys,
    faults,
    seen,
    put(key, content, headers = {}) {
      const bytes = Buffer.from(content)
      objects.set(key, { bytes, etag: `"${createHash('md5').update(bytes).digest('hex')}"`, headers })
    },
    remove: (key) => void objects.delete(key),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function sendError(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>…</Message><Resource>/geheim</Resource></Error>`)
}

function list(
  response: ServerResponse,
  query: URLSearchParams,
  bucket: string,
  objects: ReadonlyMap<string, Stored>,
  faults: Faults,
): void {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const after = query.get('continuation-token') ?? ''
  const inOrder = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const folderOf = (key: string) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    return end === -1 ? undefined : key.slice(0, end + delimiter.length)
  }
  const names = [...new Set(inOrder.map((key) => folderOf(key) ?? key))].filter(
    (name) => faults.repeats || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0,
  )
  const most = Math.min(Number(query.get('max-keys') ?? 1000), faults.keysAPage ?? 1000)
  const page = names.slice(0, most)
  const isTruncated = names.length > most
  const isEncoded = query.get('encoding-type') === 'url' && !faults.plainKeys
  const shown = (name: string) =>
    isEncoded
      ? encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%20', '+')
      : name.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const entries = page.map((name) => {
    const stored = objects.get(name)
    return stored
      ? `<Contents><Key>${shown(name)}</Key><LastModified>2026-11-25T11:00:00.000Z</LastModified><ETag>${stored.etag.replaceAll('"', faults.weakTags ? '' : '&quot;')}</ETag><Size>${stored.bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`
      : `<CommonPrefixes><Prefix>${shown(name)}</Prefix></CommonPrefixes>`
  })
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${shown(prefix)}</Prefix>` +
        `<KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys>${isEncoded ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${isTruncated}</IsTruncated>` +
        `${isTruncated ? `<NextContinuationToken>${shown(page.at(-1)!)}</NextContinuationToken>` : ''}${entries.join('')}</ListBucketResult>`,
    )
}

function get(request: IncomingMessage, response: ServerResponse, objects: ReadonlyMap<string, Stored>, key: string, faults: Faults): void {
  faults.onGet?.()
  const stored = objects.get(key)
  const wanted = request.headers['if-match']
  if (!stored) sendError(response, 404, 'NoSuchKey')
  else if (!faults.ignoresIfMatch && wanted !== undefined && wanted !== stored.etag) sendError(response, 412, 'PreconditionFailed')
  else send(request, response, stored, faults)
}

function send(request: IncomingMessage, response: ServerResponse, { bytes, etag, headers }: Stored, faults: Faults): void {
  const { 1: from, 2: to } = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (from !== undefined && Number(from) >= bytes.length) {
    sendError(response, 416, 'InvalidRange')
    return
  }
  const part = bytes.subarray(Number(from ?? 0), to ? Number(to) + 1 : undefined)
  response.writeHead(from === undefined ? 200 : 206, {
    'content-type': 'binary/octet-stream',
    etag: faults.weakTags ? `W/${etag}` : etag,
    'last-modified': 'Wed, 25 Nov 2026 11:00:00 GMT',
    'content-length': part.length,
    ...headers,
    ...(from !== undefined && { 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` }),
  })
  const cut = faults.hangUpAfterBytes
  if (cut === undefined || part.length <= cut) {
    response.end(part)
    return
  }
  faults.hangUpAfterBytes = undefined
  response.write(part.subarray(0, cut), () => request.socket.destroySoon())
}

// ------------------------------------------------------------------------------------------------------------------- the signature

function refusalOf(request: IncomingMessage): { status: number; code: string } | undefined {
  const { authorization = '' } = request.headers
  const {
    1: key,
    2: day,
    3: inRegion,
    4: names = '',
    5: signature,
  } = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    authorization,
  ) ?? []
  if (key === undefined) return { status: 403, code: 'AccessDenied' }
  if (key !== keys.accessKeyId) return { status: 403, code: 'InvalidAccessKeyId' }
  if (inRegion !== region) return { status: 400, code: 'AuthorizationHeaderMalformed' }
  const moment = String(request.headers['x-amz-date'])
  const signedAt = Date.parse(moment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!moment.startsWith(day!) || Math.abs(Date.now() - signedAt) > 900_000) return { status: 403, code: 'RequestTimeTooSkewed' }
  const hash = String(request.headers['x-amz-content-sha256'])
  const [path = '', query = ''] = request.url!.split('?')
  const canonical = [
    request.method,
    path
      .split('/')
      .map((part) => strict(decodeURIComponent(part)))
      .join('/'),
    [...new URLSearchParams(query)]
      .map(([name, value]) => `${strict(name)}=${strict(value)}`)
      .sort()
      .join('&'),
    ...names.split(';').map((name) => `${name}:${String(request.headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    names,
    hash,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', moment, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const hmac = (secret: string | Buffer, of: string) => createHmac('sha256', secret).update(of).digest()
  const secret = [region, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${keys.secretAccessKey}`, day!))
  const isRight = hmac(secret, text).toString('hex') === signature && names.split(';').includes('host')
  return isRight ? undefined : { status: 403, code: 'SignatureDoesNotMatch' }
}

const strict = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
