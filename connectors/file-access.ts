/** How one gets into each place of files: which credentials it takes, and where its requests go. */
import type { Authentication, Connector, Signing } from './connector.js'
import { SourceRefused } from './errors.js'
import { anyRegion } from './s3.js'

/** What a source file says of its place of files, beside its address and its credentials. */
export interface PlaceSettings {
  /** SFTP: fingerprints of the host keys that are trusted, `SHA256:…`. */
  hostKeys: readonly string[]
  /** S3: the address of the server; left out: Amazon's, in the region. */
  endpoint?: string | undefined
  /** S3: the region, which is part of the signature. */
  region?: string | undefined
  /** The path of the marker that says that a file is whole, with `{file}` for the path of the file. */
  ready?: string | undefined
}

/** Whether an address is that of files. On the web it is where the connector says that it reads files. */
export function isPlaceOfFiles(baseUrl: string, { authentication }: Pick<Connector, 'authentication'>): boolean {
  return /^(file|sftp|s3):/.test(baseUrl) || (authentication?.by === 'place' && /^https?:/.test(baseUrl))
}

/**
 * The credentials that a place takes, by what is there: a key of SSH goes before a password, and on the web files are often for all.
 *
 * @param has whether there is a credential of this name
 */
export function placeCredentials(baseUrl: string, has: (field: string) => boolean): readonly string[] {
  if (baseUrl.startsWith('sftp:')) return ['username', has('privateKey') ? 'privateKey' : 'password']
  if (baseUrl.startsWith('s3:')) return ['accessKeyId', 'secretAccessKey']
  if (baseUrl.startsWith('file:')) return []
  return has('token') ? ['token'] : has('username') ? ['username', 'password'] : []
}

/**
 * Where the requests of a place go, and how they are signed. A place that takes none has an address where nobody listens.
 *
 * @throws SourceRefused when it cannot be told
 */
export function requestsOf(
  source: string,
  baseUrl: string,
  { endpoint, region }: PlaceSettings,
  has: (field: string) => boolean,
): { baseUrl: string; authentication: Signing } {
  const unsigned: Authentication = { by: 'none' }
  if (/^(sftp|s3):/.test(baseUrl) && new URL(baseUrl).hostname === '')
    throw new SourceRefused(`source '${source}': baseUrl names no server or bucket. Correct it in sources/${source}.yaml.`)
  if (/^https?:/.test(baseUrl))
    return { baseUrl, authentication: has('token') ? { by: 'bearer' } : has('username') ? { by: 'basic' } : unsigned }
  if (!baseUrl.startsWith('s3:')) return { baseUrl: 'http://localhost', authentication: unsigned }
  if (endpoint === undefined && region === undefined)
    throw new SourceRefused(
      `source '${source}': an address s3://… goes with 'endpoint' or, for Amazon, 'region'. Set it in sources/${source}.yaml.`,
    )
  // Each request has a signature of its own.
  return { baseUrl: endpoint ?? `https://s3.${region ?? anyRegion}.amazonaws.com`, authentication: unsigned }
}
