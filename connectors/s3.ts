/**
 * A bucket of S3, of Amazon or of any server that speaks its protocol, as the place of files.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import aws4 from 'aws4'
import type { SourceFileFound } from './clients.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { foldersOf } from './file-pattern.js'
import { emptyFolder, FileChanged, type FilesView, type Place, whereIn } from './file-place.js'
import type { BytesAnswer, BytesClient } from './http-answer.js'
import { asItIs, ranged } from './ranged.js'
import { type Listed, listingOf } from './s3-listing.js'

export interface S3Options {
  /** Name of the source, for messages. */
  source: string
  /** `s3://bucket/prefix`. */
  baseUrl: string
  /** Its base URL is the endpoint: a bucket is addressed by the path. */
  http: BytesClient
  credentials?: ((field: string) => string | undefined) | undefined
  credentialSetting?: ((field: string) => string) | undefined
  region?: string | undefined
  view: FilesView
}

/** What is signed with where a server has no regions. */
export const anyRegion = 'us-east-1'

/** Answers that are S3's own words for something: its errors are XML. */
const answered = [301, 400, 403, 404, 412, 416]

export function s3Place(options: S3Options): Place {
  const { source, http, region = anyRegion } = options
  const base = new URL(options.baseUrl)
  const bucket = base.hostname
  const prefix = decodeURIComponent(base.pathname)
    .replace(/^\/+/, '')
    .replace(/([^/])$/, '$1/')
  const where = (path: string) => whereIn(source, options.view, path, `bucket '${bucket}', ${prefix === '' ? 'all of it' : `'${prefix}'`}`)
  const setting = (field: string) => options.credentialSetting?.(field) ?? field

  const credential = (field: string): string => {
    const value = options.credentials?.(field)
    if (value === undefined) throw new SourceRefused(`source '${source}': the credential '${field}' was not found. Set ${setting(field)}.`)
    return value
  }

  const ask = async (path: string, more: { headers?: { [name: string]: string }; file?: string } = {}): Promise<BytesAnswer> => {
    const url = new URL(http.resolve(path))
    const keys = {
      accessKeyId: credential('accessKeyId'),
      secretAccessKey: credential('secretAccessKey'),
      sessionToken: options.credentials?.('sessionToken'),
    }
    const request = { service: 's3', region, method: 'GET', host: url.host, path: url.pathname + url.search }
    const signed = aws4.sign(request, { ...keys, sessionToken: keys.sessionToken as string })
    const { Host: _, ...signature } = signed.headers as { [name: string]: string }
    const answer = await http.bytes({ url: url.href, headers: { ...asItIs, ...more.headers, ...signature }, accept: answered })
    if (answer.status < 300) return answer
    throw await errorOf(answer, more.file)
  }

  const errorOf = async (answer: BytesAnswer, file: string | undefined): Promise<Error> => {
    const { status } = answer
    const text = await textOf(answer)
    const code = /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(text)?.[1]
    const said = `${file === undefined ? where('') : where(file)}: ${status}${code ? ` (${code})` : ''}.`
    const refused = (what: string) => new SourceRefused(`${said} ${what}`)
    if (status === 412) return new FileChanged()
    if (file !== undefined && (code === 'NoSuchKey' || (status === 404 && code === undefined)))
      return new SourceUnavailable(`${said} It was taken away since it was listed.`, { status })
    if (code === 'NoSuchBucket' || status === 404)
      return refused(`There is no bucket '${bucket}' at this endpoint. Check baseUrl and endpoint in sources/${source}.yaml.`)
    if (code === 'RequestTimeTooSkewed' || code === 'RequestExpired')
      return refused('The clock of this machine differs from that of the server, so that a signature is refused: set the clock (NTP).')
    if (code === 'AuthorizationHeaderMalformed' || code === 'PermanentRedirect' || status === 301)
      return refused(`The bucket is in another region than '${region}'. Set region and endpoint in sources/${source}.yaml.`)
    if (code === 'InvalidAccessKeyId')
      return refused(
        `The server does not know what is in ${setting('accessKeyId')}. Request a new key from the administrator of the bucket.`,
      )
    if (code === 'SignatureDoesNotMatch')
      return refused(`What is in ${setting('secretAccessKey')} does not belong to ${setting('accessKeyId')}. Correct it.`)
    if (code === 'ExpiredToken' || code === 'InvalidToken')
      return refused(
        `The server does not accept what is in ${setting('sessionToken')}; such a token lasts for hours only. Use a key that lasts.`,
      )
    if (code === 'InvalidObjectState')
      return refused(
        'It is in a storage class that has to be restored before it can be read. Ask the administrator of the bucket for that.',
      )
    if (status === 403)
      return refused(
        `Our key has no right to this. Request s3:ListBucket on the bucket and s3:GetObject on what is in it from its administrator.`,
      )
    return new UnexpectedResponse(`${said} The server did not take the request. Check endpoint in sources/${source}.yaml.`, { status })
  }

  /** Pages of a listing, each with up to 1,000 files. */
  async function* pages(under: string, delimiter: string, maxKeys = 1000): AsyncGenerator<Listed, void, undefined> {
    for (let token: string | undefined, before: string | undefined; ; before = token) {
      const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', 'max-keys': String(maxKeys), prefix: under, delimiter })
      if (token !== undefined) query.set('continuation-token', token)
      const answer = await ask(`/${bucket}?${query}`)
      const page = listingOf(await textOf(answer), answer.where)
      yield page
      token = page.next
      if (token === undefined) return
      if (token === before)
        throw new UnexpectedResponse(`${answer.where}: the listing goes on where it was. Report it to the administrator of the server.`)
    }
  }

  const fileOf = ({ key, size, changedAt, etag }: Listed['files'][number]): SourceFileFound => ({
    path: key.slice(prefix.length),
    size,
    changedAt,
    version: nakedTag(etag),
  })

  return {
    // An object appears when all of it is there.
    showsHalf: false,
    unpacks: true,

    async list(patterns) {
      const found: SourceFileFound[] = []
      for (const { folder, depth } of foldersOf(patterns)) {
        const under = prefix + (folder === '' ? '' : `${folder}/`)
        let isEmpty = true
        for await (const { files, folders } of pages(under, depth === 1 ? '/' : '')) {
          if (files.length + folders > 0) isEmpty = false
          // What ends in a slash is a folder that somebody drew.
          found.push(...files.filter(({ key }) => !key.endsWith('/')).map(fileOf))
        }
        if (isEmpty) throw emptyFolder(where(folder))
      }
      return found
    },

    async find(path) {
      // In the order of keys the key itself comes before all that begin with it.
      for await (const { files } of pages(prefix + path, '', 1)) {
        const file = files.find(({ key }) => key === prefix + path)
        if (file) return fileOf(file)
        break
      }
      throw new SourceUnavailable(`${where(path)}: it is not there.`)
    },

    async *read(file, start, end) {
      const key = (prefix + file.path).split('/').map(encoded).join('/')
      if (/(^|\/)\.\.?(\/|$)/.test(key))
        throw new SourceRefused(
          `${where(file.path)}: its name has a '.' or '..' between slashes, which no address can have. Ask its sender to name it otherwise.`,
        )
      const asked = async (range?: string) => {
        const headers = { 'If-Match': `"${file.version}"`, ...(range !== undefined && { Range: range }) }
        const answer = await ask(`/${bucket}/${key}`, { headers, file: file.path })
        const { etag } = answer.headers
        // A server that does not know If-Match gives the newer one.
        if (etag === undefined || nakedTag(etag) === file.version) return answer
        answer.discard()
        throw new FileChanged()
      }
      yield* ranged(asked, file, start, end)
    },
  }
}

/** A listing and an answer may spell it in different ways: without quotes, or as weak by a proxy that packs. */
function nakedTag(etag: string): string {
  return etag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
}

/** @see RFC 3986 §2.3: what the signature spells in one way only */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A listing of 1,000 keys of at most 1 KB each, and what S3 says around them. */
const maxListingBytes = 8 * 1024 * 1024

async function textOf(answer: BytesAnswer): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body) {
    size += piece.length
    if (size > maxListingBytes) throw new UnexpectedResponse(`${answer.where}: the answer is larger than any listing of S3.`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
