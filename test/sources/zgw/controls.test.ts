import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, askPage, uuids, walk } from './asking.js'
import { remoteControl } from './control.js'
import type { JsonRecord } from './model.js'
import { startZgw, type ZgwServer } from './server.js'

const zaken = '/zaken/api/v1/zaken'

describe('controls of the ZGW server', () => {
  let server: ZgwServer
  beforeAll(async () => {
    server = await startZgw({ zaken: 400 })
  })
  afterEach(() => server.reset())
  afterAll(() => server.stop())

  const keys = (): string[] => uuids(server.snapshot().zaken)
  const distinct = (records: JsonRecord[]): Set<string> => new Set(uuids(records))

  describe('a list that moves while it is walked', () => {
    it('doubles a zaak when one comes in at the front', async () => {
      const before = keys()
      server.onRequest({ list: 'zaken', nth: 2 }, () => server.addZaken(1))
      const walked = await walk(server, zaken)
      expect(walked).toHaveLength(before.length + 1)
      expect(distinct(walked)).toEqual(new Set(before))
    })

    it('never shows a living zaak when one before it goes', async () => {
      const before = keys()
      server.onRequest({ list: 'zaken', nth: 2 }, () => server.deleteZaakAt(0))
      const walked = distinct(await walk(server, zaken))
      expect(keys().filter((uuid) => !walked.has(uuid))).toEqual([before[100]])
    })

    it('hides that when another comes in: first count, last count and rows agree', async () => {
      const before = keys()
      server.onRequest({ list: 'zaken', nth: 2 }, () => server.deleteZaakAt(0))
      server.onRequest({ list: 'zaken', nth: 3, when: 'after' }, { call: 'addZaken', args: [1] })
      const first = await askPage(server, zaken)
      const walked = distinct([...first.results, ...(await walk(server, first.next!))])
      expect([first.count, keys().length]).toEqual([before.length, before.length])
      expect(walked.has(before[100]!)).toBe(false)
    })

    it('changes after its rows were picked, when that is asked for', async () => {
      const before = keys()
      server.onRequest({ list: 'zaken', when: 'after' }, () => server.deleteZaakAt(0))
      expect(uuids((await askPage(server, `${zaken}?pageSize=1`)).results)).toEqual([before[0]])
      expect(keys()).not.toContain(before[0])
    })

    it('changes at each request from one on', async () => {
      const { length } = keys()
      server.onRequest({ list: 'zaken', nth: 2, always: true }, () => server.addZaken(1))
      const counts: number[] = []
      for (let i = 0; i < 4; i++) counts.push((await askPage(server, zaken)).count)
      expect(counts).toEqual([length, length + 1, length + 2, length + 3])
    })
  })

  it('a held request waits, and so do those after it, until it is released', async () => {
    const held = server.hold({ list: 'zaken', nth: 2 })
    expect((await ask(server, zaken)).status).toBe(200)
    const waiting = [ask(server, zaken), ask(server, zaken)]
    await held.arrived
    expect(server.requests()[1]).toMatchObject({ status: 0 })
    const { uuid } = server.snapshot().zaken[0]!
    expect((await ask(server, `${zaken}/${uuid}`)).status).toBe(200)
    held.release()
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
  })

  it('stopping lets nothing hang that is held', async () => {
    const other = await startZgw({ zaken: 10 })
    const held = other.hold({ list: 'zaken' })
    const asked = ask(other, zaken).catch(() => 'cut off')
    await held.arrived
    await other.stop()
    await other.stop()
    expect(await asked).toBe('cut off')
  })

  it('remembers what was asked, with its status', async () => {
    await ask(server, `${zaken}?page=2`)
    await ask(server, `${zaken}/`)
    expect(server.requests()).toMatchObject([
      { method: 'GET', path: zaken, search: '?page=2', status: 200 },
      { method: 'GET', path: `${zaken}/`, search: '', status: 404 },
    ])
    server.clearRequests()
    expect(server.requests()).toEqual([])
  })

  it('shows an application in its snapshot just what the API shows it', async () => {
    server.grant([{ zaaktype: 'B0255', atMost: 'intern' }])
    const { zaken: seen, statussen, rollen } = server.snapshot()
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.length).toBeLessThan(300)
    expect(await walk(server, `${zaken}?pageSize=500`)).toEqual(seen)
    expect(await walk(server, '/zaken/api/v1/statussen?pageSize=500')).toEqual(statussen)
    expect(await walk(server, '/zaken/api/v1/rollen?pageSize=500')).toEqual(rollen)
  })

  it('shows concepts in its snapshot', () => {
    expect(server.snapshot().zaaktypen.filter(({ concept }) => concept)).toHaveLength(1)
  })

  it('keeps the rights of one application from those of another', async () => {
    const two = await startZgw({ zaken: 60, clients: { eerste: 'geheim-een', tweede: 'geheim-twee' } })
    two.grant([], 'tweede')
    expect((await ask(two, zaken)).status).toBe(200)
    expect(two.snapshot('tweede').zaken).toEqual([])
    await two.stop()
  })

  it('registers new zaken on the day that it is told', async () => {
    const [before] = keys()
    server.setToday('2026-12-01')
    const [uuid] = server.addZaken(1)
    server.setToday('2026-11-25')
    expect(keys()[0]).toBe(uuid)
    expect(keys()[1]).toBe(before)
    expect(server.snapshot().zaken[0]).toMatchObject({ registratiedatum: '2026-12-01' })
  })

  describe('from another process', () => {
    it('calls any control by its name', async () => {
      const { length } = keys()
      const [uuid] = (await remoteControl(server.url, 'addZaken', 1)) as string[]
      expect(keys()[0]).toBe(uuid)
      await remoteControl(server.url, 'deleteZaak', uuid)
      expect(keys()).toHaveLength(length)
      expect(server.requests()).toEqual([])
    })

    it('plans what happens at a request', async () => {
      await remoteControl(server.url, 'onRequest', { list: 'zaken' }, { call: 'addZaken', args: [2] })
      const { length } = keys()
      expect((await askPage(server, zaken)).count).toBe(length + 2)
    })

    it('holds a request and lets it go', async () => {
      const number = await remoteControl(server.url, 'hold', { list: 'zaken' })
      const asked = ask(server, zaken)
      await remoteControl(server.url, 'arrived', number)
      await remoteControl(server.url, 'release', number)
      expect((await asked).status).toBe(200)
    })

    it('says what it cannot do', async () => {
      await expect(remoteControl(server.url, 'deleteZaak', 'niemand')).rejects.toThrow('there is no zaak niemand')
      await expect(remoteControl(server.url, 'fly' as 'reset')).rejects.toThrow("there is no control 'fly'")
    })
  })

  describe('where it stands', () => {
    it('each API can have a port of its own, and refers to the others there', async () => {
      const split = await startZgw({ zaken: 10, split: true })
      const [zaak] = (await askPage(split, `${split.urls.zaken}/zaken`)).results
      expect(zaak!.zaaktype).toMatch(new RegExp(`^${split.urls.catalogi}/zaaktypen/`))
      expect((await ask(split, zaak!.zaaktype as string)).status).toBe(200)
      expect((await ask(split, `${split.urls.zaken.replace('/zaken/', '/catalogi/')}/zaaktypen`)).status).toBe(404)
      await split.stop()
    })

    it('links can have the address that the supplier uses', async () => {
      const supplier = 'https://zaken.leverancier.example/api/v1'
      const outway = await startZgw({ zaken: 120, linksAs: { zaken: supplier } })
      const { next, results } = await askPage(outway, zaken)
      expect(next).toBe(`${supplier}/zaken?page=2`)
      expect(results).toEqual(outway.snapshot().zaken.slice(0, 100))
      expect(results[0]!.url).toBe(`${supplier}/zaken/${results[0]!.uuid}`)
      await outway.stop()
    })
  })
})
