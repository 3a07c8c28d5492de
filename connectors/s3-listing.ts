/** A page of a listing of S3: XML in, files out. */
import { SaxesParser } from 'saxes'
import { UnexpectedResponse } from './errors.js'

export interface Listed {
  files: { key: string; size: number; changedAt: Date; etag: string }[]
  /** How many folders it names, where it was asked for those. */
  folders: number
  /** Where the listing goes on. */
  next: string | undefined
}

/**
 * @param where for messages
 * @throws UnexpectedResponse when it is no listing of S3, or one that says that it goes on and not where
 */
export function listingOf(xml: string, where: string): Listed {
  const files: { [name: string]: string }[] = []
  const facts: { [name: string]: string } = {}
  let folders = 0
  const path: string[] = []
  let root: string | undefined
  let text = ''
  const parser = new SaxesParser()
  parser.on('opentag', ({ name }) => {
    root ??= name
    path.push(name)
    text = ''
    if (path.length === 2 && name === 'Contents') files.push({})
    if (path.length === 2 && name === 'CommonPrefixes') folders += 1
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    if (path.length === 2) facts[name] = text
    if (path.length === 3 && path[1] === 'Contents') files.at(-1)![name] = text
    path.pop()
  })
  try {
    parser.write(xml).close()
  } catch (cause) {
    throw new UnexpectedResponse(`${where}: the answer is no listing of S3, or breaks off. Check endpoint in the source file.`, { cause })
  }
  if (root !== 'ListBucketResult')
    throw new UnexpectedResponse(`${where}: the answer is no listing of S3. Check endpoint in the source file.`)
  const next = facts.IsTruncated === 'true' ? facts.NextContinuationToken : undefined
  if (facts.IsTruncated === 'true' && !next)
    throw new UnexpectedResponse(`${where}: the listing goes on and does not say where. Report it to the administrator of the server.`)
  const decoded = facts.EncodingType === 'url' ? (key: string) => decodeURIComponent(key.replaceAll('+', ' ')) : (key: string) => key
  return {
    folders,
    next,
    files: files.map(({ Key = '', Size = '', LastModified = '', ETag = '' }) => {
      const changedAt = new Date(LastModified)
      if (Key === '' || ETag === '' || !/^\d+$/.test(Size) || Number.isNaN(changedAt.getTime()))
        throw new UnexpectedResponse(
          `${where}: the listing has a file without a key, a size, a time or an ETag. Report it to the administrator of the server.`,
        )
      return { key: decoded(Key), size: Number(Size), changedAt, etag: ETag }
    }),
  }
}
