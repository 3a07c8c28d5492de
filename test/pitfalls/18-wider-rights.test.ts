import { describe, expect, test } from 'vitest'
import { findHold } from '../../sql/holds.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { decide, grants, holdOf, read, standing, useRights, waterdam, zaaktypen } from './rights.js'

useRights()

describe('18: the rights widen', () => {
  test('18: nothing of what came into sight lands before somebody accepts it; then exactly what was held', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    await read()
    await decide(await holdOf('zaken.zaken'), 'accept')
    await read()
    waterdam.zgw.grant(grants(zaaktypen))
    const before = await waterdam.rows('select uuid from zaken.zaken order by uuid')
    expect((await read()).status).toBe('held')
    expect(await waterdam.rows('select uuid from zaken.zaken order by uuid')).toEqual(before)
    const hold = await holdOf('zaken.zaken')
    expect(hold).toMatchObject({ why: 'scope wider', withholds: 'all' })
    const held = waterdam.zgw
      .snapshot()
      .zaken.map((z) => z.uuid as string)
      .sort()
    waterdam.zgw.addZaken(3)
    await decide(hold, 'accept')
    expect((await waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken order by uuid')).map((r) => r.uuid)).toEqual(held)
    expect((await findHold(waterdam.warehouse.db, hold.id))!.carriedOut).toBe(true)
    expect((await read()).status).toBe('synced')
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('18: rejected, what was held is gone from staging, and the next run holds again', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    await read()
    await decide(await holdOf('zaken.zaken'), 'accept')
    waterdam.zgw.grant(grants(zaaktypen))
    await read()
    await decide(await holdOf('zaken.zaken'), 'reject')
    expect(
      await waterdam.rows(`select relname from pg_class where relnamespace = 'staging'::regnamespace and relname ~ '^[ds][0-9]'`),
    ).toEqual([])
    expect((await standing()).unseen).toEqual([])
    expect((await read()).status).toBe('held')
  })

  test('18: where rights got narrower in one place and wider in another, neither lands nor leaves anything by itself', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    await read()
    await decide(await holdOf('zaken.zaken'), 'accept')
    const before = await waterdam.rows('select uuid from zaken.zaken order by uuid')
    waterdam.zgw.grant(grants([zaaktypen[0]!, ...zaaktypen.slice(2)]))
    expect((await read()).status).toBe('held')
    expect(await waterdam.rows('select uuid from zaken.zaken order by uuid')).toEqual(before)
    const hold = await holdOf('zaken.zaken')
    expect(hold).toMatchObject({ why: 'scope wider' })
    expect([(hold.facts.narrower as []).length > 0, (hold.facts.wider as []).length > 0]).toEqual([true, true])
    await decide(hold, 'accept')
    // What came into sight is there; for what went out of it, the next run holds.
    expect((await read()).status).toBe('held')
    const narrower = await holdOf('zaken.zaken')
    expect(narrower).toMatchObject({ why: 'scope narrower', status: 'open' })
    expect((await standing()).unseen.length).toBe(narrower.keys)
    await decide(narrower, 'accept')
    expect((await read()).status).toBe('synced')
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })
})

describe('18: what we may not see is not taken for gone', () => {
  test('18: a zaak that became too secret stays, and the run says so', async () => {
    waterdam.zgw.grant(grants(zaaktypen, 'vertrouwelijk'))
    await read()
    await decide(await holdOf('zaken.zaken'), 'accept')
    await read()
    const uuid = waterdam.zgw.snapshot().zaken[3]!.uuid as string
    waterdam.zgw.changeZaak(uuid, { vertrouwelijkheidaanduiding: 'zeer_geheim' })
    expect(await read()).toMatchObject({ status: 'synced' })
    expect((await standing()).unseen).toEqual([uuid])
    expect(await waterdam.rows(`select error_message from gemaal.stream_runs order by id desc limit 1`)).toEqual([
      { error_message: '1 absent key may not be re-read by our token; it stays' },
    ])
  })

  test('18: at a source that does not tell our rights, rows that vanish are asked for and stay', async () => {
    waterdam.zgw.behave({ knowsAutorisaties: false })
    waterdam.zgw.grant(grants(zaaktypen.slice(-2)))
    await read()
    const { unseen } = await standing()
    expect(unseen.length).toBeGreaterThan(0)
    expect(await waterdam.rows('select * from zaken.zaken_deleted')).toEqual([])
  })
})
