import { countAt } from './body.js'
import type { HttpClient, Page, SourceRecord } from './connector.js'
import { SourceUnavailable } from './errors.js'
import { ask, firstPage, type Listing, recordsAt } from './listing.js'

/** A stretch of a list: so many records from this position, which counts from 0. */
export interface Stretch {
  from: number
  count: number
}

export interface Around {
  /** In the order of the list, without those that cannot be read. */
  records: SourceRecord[]
  /** Positions that the source fails on by themselves. Their key is not known: a list shows it in the record only. */
  unreadable: NonNullable<Page['unreadable']>
  total: number | undefined
  /** How many records the source gives at most, where it gave fewer than were asked for before the end of the list. */
  cut: number | undefined
}

// With this many failures in a row the source has another trouble than a bad record.
const mostInARow = 10

/**
 * Reads a stretch that the source answers with 500 in smaller and smaller parts, until the records that it fails on stand alone; the rest
 * comes back. For lists that are counted by us (page number, offset) and take a size.
 *
 * Takes about two requests for each halving around a bad record. What a source fails on is not asked for twice in one stretch.
 *
 * @param failure what the whole stretch was answered with
 * @throws the failure of the source, when none of its parts is answered otherwise: then it is not the record
 */
export async function readAround(http: HttpClient, listing: Listing, stretch: Stretch, failure: SourceUnavailable): Promise<Around> {
  const { pages } = listing
  if ((pages.by !== 'pageNumber' && pages.by !== 'offset') || pages.size === undefined) throw failure
  const { size, param } = pages
  const first = firstPage(pages)
  const result: Around = { records: [], unreadable: [], total: undefined, cut: undefined }
  let inARow = 0
  let answered = false

  /** @returns false at the end of the list */
  const read = async ({ from, count }: Stretch): Promise<boolean> => {
    if (result.cut !== undefined && count > result.cut) return inParts({ from, count })
    const at = pages.by === 'pageNumber' ? first + from / count : from
    let answer: Awaited<ReturnType<typeof ask>>
    try {
      answer = await ask(http, listing, { [size.param]: count, [param]: at }, undefined, from > 0)
    } catch (error) {
      if (!(error instanceof SourceUnavailable && error.status === 500)) throw error
      return narrow({ from, count }, error)
    }
    inARow = 0
    answered = true
    if (answer.status === 404) return false
    const { records, unreadable } = recordsAt(answer, pages.records)
    const total = countAt(answer.body, pages.total)
    result.total = total ?? result.total
    const got = records.length + unreadable.length
    const expected = total === undefined ? got : Math.max(0, Math.min(count, total - from))
    if (got > 0 && got !== expected && count > 1) {
      // The source gives fewer than were asked for: a numbered page is then another one than was meant.
      if (got < count) result.cut = got
      return inParts({ from, count })
    }
    result.records.push(...records)
    result.unreadable.push(...unreadable)
    return got >= count
  }

  const narrow = async ({ from, count }: Stretch, error: SourceUnavailable): Promise<boolean> => {
    if (count > 1) return inParts({ from, count })
    inARow += 1
    if (inARow >= mostInARow) throw error
    result.unreadable.push({ key: null, reason: `the source answers 500 for record ${from + 1} of the list` })
    return true
  }

  const inParts = async (whole: Stretch): Promise<boolean> => {
    for (const part of parts(whole, pages.by)) if (!(await read(part))) return false
    return true
  }

  await narrow(stretch, failure)
  if (!answered) throw failure
  return result
}

/** Page numbers count in whole pages, so that the size of a part has to divide the stretch; offsets can be halved. */
function parts({ from, count }: Stretch, by: 'pageNumber' | 'offset'): Stretch[] {
  let size = Math.ceil(count / 2)
  if (by === 'pageNumber') for (size = Math.floor(count / 2); count % size !== 0 || from % size !== 0; ) size -= 1
  const result: Stretch[] = []
  for (let at = 0; at < count; at += size) result.push({ from: from + at, count: Math.min(size, count - at) })
  return result
}
