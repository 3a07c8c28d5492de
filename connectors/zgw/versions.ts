import type { SourceRecord } from '../connector.js'
import { uuidOf } from './normalise.js'

/** The number of a version of a document; 0 for a record that has none. */
export function versieOf({ versie }: SourceRecord): number {
  // An exact number is an object of its own class until it lands.
  const number = Number(String(versie ?? 0))
  return Number.isFinite(number) ? number : 0
}

/**
 * Keeps one record of a document: its newest version. The standard lists no other, and Open Zaak did before 1.29.0 (issue 1653); a document
 * that changes during the walk comes in two versions anyhow.
 */
export class NewestVersions {
  /** Documents that have a version before, by uuid: only these can come again as an older one. */
  readonly #seen = new Map<string, number>()
  /** How many older versions were left out. */
  dropped = 0

  /** The records of a page without versions that are older than what the page, or a page before it, holds. */
  of(records: readonly SourceRecord[]): SourceRecord[] {
    for (const record of records) {
      const [uuid, versie] = [uuidOf(record.url), versieOf(record)]
      if (uuid !== undefined && versie > Math.max(1, this.#seen.get(uuid) ?? 0)) this.#seen.set(uuid, versie)
    }
    const newest = records.filter((record) => versieOf(record) >= (this.#seen.get(uuidOf(record.url) ?? '') ?? 0))
    this.dropped += records.length - newest.length
    return newest
  }
}
