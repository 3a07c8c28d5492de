import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, askPage, uuids, walk } from './asking.js'
import { startZgw, type ZgwServer } from './server.js'

const zaken = '/zaken/api/v1/zaken'

describe('a list of the ZGW server that is paged while it moves, or that tells no truth', () => {
  let server: ZgwServer
  beforeAll(async () => {
    server = await startZgw({ zaken: 1_050 })
  })
  beforeEach(() => server.reset())
  afterAll(() => server.stop())

  it('doubles a row, and never shows the new one, when one is added between two pages', async () => {
    const before = uuids(server.snapshot().zaken)
    server.onRequest({ list: 'zaken', nth: 2 }, () => server.addZaken(1))
    const walked = uuids(await walk(server, zaken))
    const [added] = uuids(server.snapshot().zaken)
    expect(before).not.toContain(added)
    expect(walked).not.toContain(added)
    expect(walked.filter((uuid, at) => walked.indexOf(uuid) !== at)).toEqual([before[99]])
  })

  it('never shows a row that is still there when another is deleted from a page that was read', async () => {
    const before = uuids(server.snapshot().zaken)
    server.onRequest({ list: 'zaken', nth: 2 }, () => void server.deleteZaakAt(0))
    const walked = uuids(await walk(server, zaken))
    const missed = uuids(server.snapshot().zaken).filter((uuid) => !walked.includes(uuid))
    expect(missed).toEqual([before[100]])
  })

  it('counts as many at its end as at its start, and yet misses a row, when one was deleted and one was added', async () => {
    const first = await askPage(server, zaken)
    server.onRequest({ list: 'zaken', nth: 2 }, () => void server.deleteZaakAt(0))
    server.onRequest({ list: 'zaken', nth: 11 }, () => server.addZaken(1))
    const walked = new Set(uuids(await walk(server, zaken)))
    expect((await askPage(server, zaken)).count).toBe(first.count)
    expect(uuids(server.snapshot().zaken).filter((uuid) => !walked.has(uuid)).length).toBeGreaterThan(0)
  })

  it('is not there any more when its last page empties during the walk', async () => {
    const pages = Math.ceil(server.snapshot().zaken.length / 100)
    const surplus = server.snapshot().zaken.length - (pages - 1) * 100
    const { next } = await askPage(server, `${zaken}?page=${pages - 1}`)
    for (let each = 0; each < surplus; each++) server.deleteZaakAt(0)
    expect((await ask(server, next!)).status).toBe(404)
  })

  it('counts no further than some pages ahead when counts are fuzzy, until near its end', async () => {
    server.behave({ fuzzyCounts: true, fuzzyCountLimit: 500 })
    const total = server.snapshot().zaken.length
    const first = await askPage(server, zaken)
    const last = await askPage(server, `${zaken}?page=9`)
    expect([first.count, first.countExact]).toEqual([500, false])
    expect([last.count, last.countExact]).toEqual([total, total % 100 !== 0])
  })

  it('ends after one page of five hundred when counts are fuzzy, though there is more', async () => {
    server.behave({ fuzzyCounts: true, fuzzyCountLimit: 500 })
    expect((await askPage(server, `${zaken}?pageSize=500`)).next).toBeNull()
    expect((await askPage(server, `${zaken}?pageSize=500&page=2`)).results).toHaveLength(500)
  })

  it('goes on behind an empty page and a short one', async () => {
    server.behave({ emptyPages: [2], shortPages: { 3: 7 } })
    const page = await askPage(server, `${zaken}?page=2`)
    expect([page.results.length, page.next === null]).toEqual([0, false])
    expect(uuids(await walk(server, zaken))).toEqual(uuids(server.snapshot().zaken))
  })

  it('can count what is not true, while its links lead to all there is', async () => {
    server.behave({ countIsOffBy: 5 })
    const total = server.snapshot().zaken.length
    expect((await askPage(server, zaken)).count).toBe(total + 5)
    expect(await walk(server, zaken)).toHaveLength(total)
  })

  it('can show a page twice', async () => {
    server.behave({ repeatedPages: [3] })
    expect(uuids((await askPage(server, `${zaken}?page=3`)).results)).toEqual(uuids((await askPage(server, `${zaken}?page=2`)).results))
  })

  it('can link a page to itself', async () => {
    server.behave({ pagesLinkedToThemselves: [2] })
    expect((await askPage(server, `${zaken}?page=2`)).next).toBe(`${server.url}${zaken}?page=2`)
  })

  it('can be cut smaller by a gateway without a word', async () => {
    server.behave({ largestPage: 40 })
    const page = await askPage(server, `${zaken}?pageSize=500`)
    expect(page.results).toHaveLength(40)
    expect(page.next).toContain('pageSize=500')
  })

  it('answers 500 on each page that holds a broken record, and on that record, and on nothing else', async () => {
    const broken = uuids(server.snapshot().zaken)[150]!
    server.breakRecord(broken)
    expect((await ask(server, `${zaken}?page=1`)).status).toBe(200)
    expect((await ask(server, `${zaken}?page=2`)).status).toBe(500)
    expect((await ask(server, `${zaken}?page=151&pageSize=1`)).status).toBe(500)
    expect((await ask(server, `${zaken}?page=152&pageSize=1`)).status).toBe(200)
    expect((await ask(server, `${zaken}/${broken}`)).status).toBe(500)
    server.mendRecord(broken)
    expect((await ask(server, `${zaken}?page=2`)).status).toBe(200)
  })
})
