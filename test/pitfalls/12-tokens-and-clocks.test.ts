import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { someOrders } from '../sources/orders/server.js'
import { balanceOf } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { type OrdersProject, openOrders } from './orders.js'

describe('orders behind OAuth2', () => {
  let shop: OrdersProject
  afterEach(() => shop.close())

  test.each([
    ['that the source refuses after two requests', { requestsPerToken: 2 }],
    ['that the source refuses after one request', { requestsPerToken: 1 }],
    ['that lives for a second by its own word', { expiresIn: 1, requestsPerToken: 5 }],
    ['of which nothing is said how long it lives', { expiresIn: Number.NaN, requestsPerToken: 3 }],
  ])('12. a token %s is replaced, and the long reading goes on', async (_, options) => {
    shop = await openOrders(
      { orders: someOrders(90), largestPage: 10, ...options },
      { 'datasets/verkoop/regels.yaml': 'from: winkel/lines\n' },
    )
    const outcome = await shop.readOrders()
    expect(outcome.verified).toMatchObject({ listedAll: true, shortBy: 0 })
    expect(balanceOf(outcome, 'verkoop.orders')).toMatchObject({ read: 90, new: 90, duplicate: 0 })
    expect(await shop.here()).toEqual(shop.there())
    const lines = await shop.read('winkel/lines')
    expect(balanceOf(lines, 'verkoop.regels').new).toBe(shop.server.orders.flatMap((order) => order.lines).length)
    expect(shop.server.tokens()).toBeGreaterThan(10)
    await expectBalanced(shop)
  })

  test('12. a secret that is withdrawn on the way stops the reading, with the settings to look at and no secret', async () => {
    shop = await openOrders({ orders: someOrders(90), largestPage: 10, requestsPerToken: 4 })
    const begun = await shop.begin('winkel/orders')
    const { environment } = shop
    const secret = environment.GEMAAL_WINKEL_CLIENT_SECRET!
    environment.GEMAAL_WINKEL_CLIENT_SECRET = 'ingetrokken-geheim'
    const error = await begun.stage().then(
      () => undefined,
      (caught: Error) => caught,
    )
    expect(error?.name).toBe('SourceRefused')
    expect(error?.message).toMatch(
      /source 'winkel'.*: the token endpoint refuses us.*GEMAAL_WINKEL_CLIENT_ID and GEMAAL_WINKEL_CLIENT_SECRET/,
    )
    expect(String(error?.stack)).not.toContain('ingetrokken-geheim')
    expect(await shop.here()).toEqual([])

    environment.GEMAAL_WINKEL_CLIENT_SECRET = secret
    await begun.stage()
    await begun.publish()
    expect(await shop.here()).toEqual(shop.there())
  })
})

describe('the zaken', () => {
  let waterdam: Waterdam
  let running: Running
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 200, behaviours: { largestPage: 20 } })
    running = await openRunning(waterdam)
    await running.worker()
  })
  afterAll(async () => {
    await running.close()
    await waterdam.close()
  })
  afterEach(() => waterdam.zgw.reset())

  test('12. a reading that takes longer than a token lives goes on, since each request has a token of its own', async () => {
    waterdam.zgw.behave({ jwtExpirySeconds: 1, leewaySeconds: 0, slow: { ms: 250 } })
    const run = await running.run({ streams: ['zaken'], reading: 'full' })
    expect(run).toMatchObject({ status: 'synced', message: null })
    await expectZakenEqual(waterdam)
  })

  test.each([
    ['behind', 7200],
    ['behind', 4000],
    ['ahead of', -300],
    ['ahead of', -86_400],
  ])(
    '12. a refusal because the clock of this machine is %s that of the source names the clock and the difference',
    async (which, clockAheadSeconds) => {
      waterdam.zgw.behave({ clockAheadSeconds })
      const before = await waterdam.rows('select * from zaken.zaken order by uuid')
      waterdam.zgw.clearRequests()
      const run = await running.run({ streams: ['zaken'], reading: 'full' })
      expect(run).toMatchObject({ status: 'failed', errorCode: 'SourceRefused' })
      const [, seconds] =
        new RegExp(
          `The clock of this machine is (\\d+) s ${which} that of the source, so that a token is refused: set the clock \\(NTP\\)`,
        ).exec(run.message!) ?? []
      expect(Math.abs(Number(seconds) - Math.abs(clockAheadSeconds))).toBeLessThan(60)
      expect(run.message).not.toContain(waterdam.zgw.secret)
      // Trying again mends no clock.
      expect(waterdam.zgw.requests().length).toBeLessThan(4)
      expect(await waterdam.rows('select * from zaken.zaken order by uuid')).toEqual(before)
    },
  )

  test('12. a clock that is off as little as the source takes is no hindrance, nor does it let older reads pass for newer ones', async () => {
    for (const clockAheadSeconds of [110, -110]) {
      waterdam.zgw.behave({ clockAheadSeconds })
      waterdam.zgw.addZaken(1)
      waterdam.zgw.deleteZaakAt(20)
      expect(await running.run({ streams: ['zaken'], reading: 'full' })).toMatchObject({ status: 'synced' })
      await expectZakenEqual(waterdam)
    }
    await expectBalanced(waterdam)
  })

  test('12. a refusal for want of rights, with clocks that agree, names the rights and no clock', async () => {
    waterdam.zgw.fail({ list: 'zaken', fault: { kind: 'status', status: 403, code: 'permission_denied' }, times: 10 })
    const run = await running.run({ streams: ['zaken'], reading: 'full' })
    expect(run).toMatchObject({ status: 'failed', errorCode: 'SourceRefused' })
    expect(run.message).toContain('What is in GEMAAL_OPEN_ZAAK_CLIENT_ID and GEMAAL_OPEN_ZAAK_SECRET has no right to this')
    expect(run.message).not.toContain('clock')
  })
})
