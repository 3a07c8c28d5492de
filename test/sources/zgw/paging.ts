import type { Behaviours } from './behaviours.js'
import { notFound, serverError } from './problems.js'

/** A page as it is to be shown: rows `start` up to `end` of the list. */
export interface Cut {
  number: number
  start: number
  end: number
  count: number
  countExact: boolean | undefined
  next: number | null
  previous: number | null
}

const defaultSize = 100

/**
 * Finds the page that is asked for. A size that is no number above 0 is read as 100, one that is too large as the largest.
 *
 * @throws Problem 404 for a page that is not there
 */
export function cutPage(total: number, query: URLSearchParams, behaviours: Behaviours): Cut {
  const size = sizeOf(query.get('pageSize'), behaviours)
  const pages = layPages(total, size, behaviours)
  const number = numberOf(query.get('page'), behaviours, pages.length)
  const page = pages[number - 1]
  if (page === undefined) throw notFound('Ongeldige pagina.')
  const reach = (number - 1) * size + behaviours.fuzzyCountLimit
  const count = behaviours.fuzzyCounts ? Math.min(total, reach) : total
  // Fuzzy pages end where the count does, true or not.
  const known = behaviours.fuzzyCounts ? Math.min(pages.length, Math.max(1, Math.ceil(count / size))) : pages.length
  const shown = behaviours.repeatedPages.includes(number) && number > 1 ? pages[number - 2]! : page
  const toItself = behaviours.pagesLinkedToThemselves.includes(number)
  return {
    number,
    ...shown,
    count: count + behaviours.countIsOffBy,
    // By the default size, not by the size of the page: so the source has it.
    countExact: behaviours.fuzzyCounts ? count % defaultSize !== 0 : undefined,
    next: toItself ? number : number < known ? number + 1 : null,
    previous: number > 1 ? number - 1 : null,
  }
}

function sizeOf(text: string | null, { knowsPageSize, largestPage }: Behaviours): number {
  if (!knowsPageSize || text === null || !/^\s*\+?\d+\s*$/.test(text)) return defaultSize
  const size = Number(text)
  return size > 0 ? Math.min(size, largestPage) : defaultSize
}

function numberOf(text: string | null, { fuzzyCounts }: Behaviours, pages: number): number {
  if (text === null || text === '') return 1
  if (text === 'last') {
    // Fuzzy counting asks which page it is on before it knows.
    if (fuzzyCounts) throw serverError()
    return pages
  }
  if (!/^\s*\+?\d+\s*$/.test(text)) throw notFound('Ongeldige pagina.')
  return Number(text)
}

/** All pages of a list; an empty list has one. */
function layPages(total: number, size: number, { emptyPages, shortPages }: Behaviours): { start: number; end: number }[] {
  const pages: { start: number; end: number }[] = []
  let start = 0
  do {
    const number = pages.length + 1
    const holds = emptyPages.includes(number) ? 0 : Math.min(size, shortPages[number] ?? size)
    const end = Math.min(total, start + holds)
    pages.push({ start, end })
    start = end
  } while (start < total)
  return pages
}

/** The URL of another page of the same list: the query sorted by name, as Django writes it. */
export function linkTo(page: number, url: string, query: URLSearchParams): string {
  const params = new URLSearchParams(query)
  if (page === 1) params.delete('page')
  else params.set('page', String(page))
  params.sort()
  const text = params.toString()
  return text === '' ? url : `${url}?${text}`
}
