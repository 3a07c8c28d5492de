/** How a list of a source is paged, what its answers mean, and how it is asked for what changed: what a stream states that is data. */
import type { ChangesReading } from './connector.js'

/** The parameter that asks for a number of records a page. A source may give fewer, which is not the end of the list. */
export interface PageSize {
  param: string
  value: number
}

/**
 * What an answer shows: its status, what one of its headers holds, what stands at a place of its body. What is stated of these has to be so
 * all at once.
 */
export interface Sign {
  status?: number
  /** Name of a header. */
  header?: string
  /** A place in the body. */
  body?: string
  /** The text that the header or the place holds, or one of several. Left out: anything but nothing, `false` and empty text. */
  is?: string | readonly string[]
}

interface Paged {
  /** Where the records are in the body; left out: the body itself is the array. */
  records?: string
  /** Where the body says how many records the list has. */
  total?: string
  /** The sign that the total is an estimate: it is not looked at then. */
  estimated?: Sign
  size?: PageSize
  /**
   * The sign that the list goes on: then a page without records does not end it, and a page that leads nowhere is an error. Where what it looks
   * at is there and does not hold, a list that is counted by us, or goes on by a token, ends; where it is absent, the list ends as without it.
   */
  more?: Sign
}

interface Counted extends Paged {
  param: string
  end?: 'empty' | 'total' | 'status'
  /** The source gives no more than so many records of a list. One that has more is an error, since its end is out of reach. */
  most?: number
}

/**
 * How a list is paged. A place in the body is a dotted path; a name that holds dots itself (`@odata.nextLink`) is found too, and
 * `links[rel=next].href` takes the element of an array.
 *
 * `end` is what ends a list that is counted by the client: the first page without records (`empty`, the default), as many records as `total`
 * says (`total`), or a 404 after the first page (`status`). A short page ends no list, and neither does one that is smaller than was asked for:
 * steps are as large as what came. An answer without content (204) holds no records.
 */
export type Pages =
  /** `next` is where the body holds the link; with `header` the header that does, `link` being read as RFC 8288 says. */
  | (Paged & { by: 'nextLink'; next: string; header?: boolean; end?: 'status' })
  | (Counted & { by: 'pageNumber'; first?: number })
  | (Counted & { by: 'offset'; size: PageSize })
  /** The list ends where the token at `token`, with `header` in the header of that name, is absent or empty. */
  | (Paged & { by: 'cursorToken'; param: string; token: string; header?: boolean })
  /**
   * Goes on behind the last record: `param` is given what its `field` holds, in `value` where `{}` stands (`id gt {}`). Ends with a page without
   * records. The list has to be in the order of the field, and no two records may share a value.
   */
  | (Paged & { by: 'lastRecord'; param: string; field: string; value?: string })
  /** One request for the whole list; read as a stream where nothing else of its body is looked at. */
  | (Paged & { by: 'single' })

/**
 * What an answer means beside what its status says. The list has no records (`empty`), the source forgot where we were (`expired`: read full),
 * our token ended (`renew`: with another the request is sent once more), it will recover (`unavailable`), a person has to act (`refused`).
 */
export type Meaning = 'empty' | 'expired' | 'renew' | 'unavailable' | 'refused'

/** The first whose sign is there counts; an answer that has none of them means what its status says. Without `status` it is for 200..299. */
export type AnswerRule = Sign & { means: Meaning }

/**
 * The `changes` reading of a declarative stream: a field that grows with each change, and the parameter that filters on it. Its checkpoint is
 * the greatest value seen that is not later than the beginning of the reading, so that what changes meanwhile is read the next time.
 */
export interface Changes {
  /** A field of the record: an instant, a date, or a number. */
  cursor: string
  param: string
  /** What the parameter is given, with `{}` for the value: `modified ge {}`. Left out: the value itself. */
  value?: string
  /**
   * Re-read so much before the checkpoint: ISO 8601 duration, `1 day`, or for numbers a whole number. A source may leave out the moment
   * itself, and commit a record after the moment that stands in it. Left out: 5 minutes, 1 day for dates, nothing for numbers.
   */
  overlap?: string
  /** Order the list by the cursor, where the source can. A cursor that is a number needs it: without, a change during the reading can be missed. */
  order?: { param: string; value: string }
  /** Left out: updates and no deletes. */
  sees?: ChangesReading['sees']
  /** Left out: that it sees no deletes. */
  blind?: string
}
