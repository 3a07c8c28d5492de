import type { StreamName } from './model.js'

/** How the server behaves as a whole; each can be switched while it runs. Without any it is Open Zaak 1.30 in front of a willing network. */
export interface Behaviours {
  /**
   * As `FUZZY_PAGINATION` of Open Zaak: `count` reaches no further than `fuzzyCountLimit` rows past the start of the page, and `countExact`
   * says whether it is true. With a page as large as the limit the first page has no next link, however many rows there are.
   *
   * @see open-zaak/open-zaak src/openzaak/utils/pagination.py
   */
  fuzzyCounts: boolean
  fuzzyCountLimit: number
  /** Rows that `count` says there are more, or fewer, than there are. Links follow the truth. */
  countIsOffBy: number
  /** Numbers of pages that hold nothing and have a next link; the rows come on the page after. */
  emptyPages: number[]
  /** How many rows a page holds at most, by its number; the rest comes on the page after. */
  shortPages: { [page: number]: number }
  /** Numbers of pages that show what the page before showed. Their own rows are never shown. */
  repeatedPages: number[]
  /** Numbers of pages whose next link leads to themselves. */
  pagesLinkedToThemselves: number[]
  /** Largest page; more is clamped to it without a word, while `next` keeps what was asked. */
  largestPage: number
  /** Servers before 1.15.0 know no `pageSize`: 400, and pages of 100. */
  knowsPageSize: boolean
  /** Servers before 1.11.0 know no `expand`: 400. */
  knowsExpand: boolean
  /** Where a gateway lets no POST through, `_zoek` answers 405. */
  knowsZoek: boolean
  /** Before 1.29.0 lists of documents could show older versions beside the newest. */
  listsOldVersions: boolean
  /** Filters on documents that only Open Zaak has: 400 without. */
  knowsExperimentalFilters: boolean
  /** The Autorisaties API is not there: 404, as HTML. */
  knowsAutorisaties: boolean
  /** Milliseconds before an answer begins; `expandMs` is added for each page with `expand`. */
  slow: { ms: number; jitterMs?: number; expandMs?: number } | null
  /** More requests than this in a period, and a gateway answers 429 with this `Retry-After`. */
  rate: { requests: number; perMs: number; retryAfter: string } | null
  /** Seconds that a token lives, counted from its `iat`. */
  jwtExpirySeconds: number
  /** Seconds that a token may come from the future. */
  leewaySeconds: number
  /** Seconds by which the clock of the server is ahead; negative makes tokens of now come from its future. */
  clockAheadSeconds: number
}

export const openZaak: Readonly<Behaviours> = {
  fuzzyCounts: false,
  fuzzyCountLimit: 500,
  countIsOffBy: 0,
  emptyPages: [],
  shortPages: {},
  repeatedPages: [],
  pagesLinkedToThemselves: [],
  largestPage: 500,
  knowsPageSize: true,
  knowsExpand: true,
  knowsZoek: true,
  listsOldVersions: false,
  knowsExperimentalFilters: true,
  knowsAutorisaties: true,
  slow: null,
  rate: null,
  jwtExpirySeconds: 3_600,
  // Two minutes ahead was accepted by the server that was observed.
  leewaySeconds: 120,
  clockAheadSeconds: 0,
}

/** What goes wrong with one answer. */
export type Fault =
  /** A gateway without a server behind it: 502 and a page of HTML. */
  | { kind: 'gateway' }
  /** 429 of a gateway, with any text as `Retry-After`; left out: without the header. */
  | { kind: 'tooMany'; retryAfter?: string }
  /** Any status, as problem document. */
  | { kind: 'status'; status: number; code?: string }
  /** The connection breaks off in the middle of the body. */
  | { kind: 'reset' }
  /** The connection is accepted, and no answer comes until the server stops. */
  | { kind: 'silence' }
  /** A whole answer by its length, whose JSON stops half way. */
  | { kind: 'truncated' }
  /** The right body under another content type. */
  | { kind: 'contentType'; contentType: string }
  /** The right text in another encoding, or with a byte order mark, under the same content type. */
  | { kind: 'encoding'; encoding: 'utf16le' | 'latin1' | 'utf8-bom' }
  /** An error whose body is as large as asked for, and full of persons. */
  | { kind: 'hugeError'; status: number; bytes: number }

/** Which requests are meant. Nothing given: every one. */
export interface Match {
  /** Requests of the list of a stream, none of one record. Of zaakeigenschappen: those under any zaak. */
  list?: StreamName
  /** A part of the path with its query. */
  on?: string
}

export interface PlannedFault extends Match {
  fault: Fault
  /** How often. Default 1. */
  times?: number
  /** After so many requests that match. Default 0. */
  after?: number
}
