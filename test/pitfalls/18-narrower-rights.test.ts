import { describe, expect, test } from 'vitest'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { decide, grants, holdOf, holds, read, standing, useRights, waterdam, zaaktypen } from './rights.js'

useRights()

describe('18: the rights granted to our token shrink, so that rows vanish from lists without an error', () => {
  test.each(['full', 'changes'] as const)(
    '18: nothing is deleted, what is new lands, and the run is held and says which scope changed (reading %s)',
    async (reading) => {
      const [gone, ...left] = zaaktypen
      const all = (await standing()).seen
      waterdam.zgw.grant(grants(left))
      waterdam.zgw.addZaken(2, { kind: left[0]! })
      const run = await read(reading)
      expect(run).toMatchObject({ status: 'held' })
      const { seen, unseen, visible } = await standing()
      expect(seen).toBe(visible)
      expect(seen + unseen.length).toBe(all + 2)
      expect(unseen.length).toBeGreaterThan(0)
      const versions = waterdam.zgw
        .snapshot()
        .zaaktypen.filter((t) => t.identificatie === gone && !t.concept)
        .map((t) => `zrc zaken.lezen ${(t.url as string).split('/').at(-1)}`)
      const hold = await holdOf('zaken.zaken')
      expect(hold).toMatchObject({ why: 'scope narrower', withholds: 'deletes', status: 'open' })
      expect((hold.facts.narrower as string[]).sort()).toEqual(versions.sort())
      expect(await waterdam.rows('select * from zaken.zaken_deleted')).toEqual([])
      await expectBalanced(waterdam)
    },
  )

  test('18: an application that had all rights and has some now has fewer, not more', async () => {
    waterdam.zgw.grant('all')
    await read()
    await decide(await holdOf('zaken.zaken'), 'accept')
    expect((await read()).status).toBe('synced')
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    expect((await read()).status).toBe('held')
    expect(await holdOf('zaken.zaken')).toMatchObject({ why: 'scope narrower', facts: { narrower: ['* * *'] } })
  })

  test('18: a lower maximum of secrecy is a narrower scope too', async () => {
    waterdam.zgw.grant(grants(zaaktypen, 'openbaar'))
    expect((await read()).status).toBe('held')
    expect((await holdOf('zaken.zaken')).why).toBe('scope narrower')
    expect((await standing()).unseen.length).toBeGreaterThan(0)
  })

  test('18: run after run holds until somebody decides, with one open hold a dataset', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    for (const reading of ['full', 'changes', 'full'] as const) expect((await read(reading)).status).toBe('held')
    const open = (await holds()).filter((h) => h.status === 'open')
    expect(open.map((h) => h.dataset).sort()).toEqual(['wmo.zaken', 'zaken.open_zaken', 'zaken.zaken'])
    expect((await standing()).unseen.length).toBeGreaterThan(0)
  })

  test('18: accepted, the rows that we may not see any more leave, and later runs go on', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    await read()
    const { unseen } = await standing()
    await decide(await holdOf('zaken.zaken'), 'accept')
    expect(await standing()).toMatchObject({ unseen: [], seen: waterdam.zgw.snapshot().zaken.length })
    expect((await waterdam.rows('select uuid, _reason from zaken.zaken_deleted order by uuid')).map((r) => r.uuid)).toEqual(unseen)
    expect(await holds()).toEqual([])
    expect(await read()).toMatchObject({ status: 'synced' })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('18: frozen, the rows stay as they are; what is gone among the others is deleted; and rights that come back thaw them', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    await read()
    const { unseen } = await standing()
    await decide(await holdOf('zaken.zaken'), 'freeze')
    expect((await read()).status).toBe('synced')
    const alone = waterdam.zgw.snapshot().zaken.find((z) => z.hoofdzaak === null && (z.deelzaken as unknown[]).length === 0)!.uuid as string
    waterdam.zgw.deleteZaak(alone)
    expect(await read()).toMatchObject({ status: 'synced' })
    expect(await standing()).toMatchObject({ unseen, seen: waterdam.zgw.snapshot().zaken.length })
    expect(await waterdam.rows('select uuid from zaken.zaken_deleted')).toEqual([{ uuid: alone }])
    waterdam.zgw.grant(grants(zaaktypen))
    expect((await read()).status).toBe('held')
    await decide(await holdOf('zaken.zaken'), 'accept')
    const thawed = waterdam.zgw
      .snapshot()
      .zaken.find((z) => unseen.includes(z.uuid as string) && z.hoofdzaak === null && (z.deelzaken as unknown[]).length === 0)!
    waterdam.zgw.deleteZaak(thawed.uuid as string)
    expect((await read()).status).toBe('synced')
    await expectZakenEqual(waterdam)
  })

  test('18: rejected, the rows stay and the next run holds again; when the rights are back nothing was lost', async () => {
    waterdam.zgw.grant(grants(zaaktypen.slice(1)))
    await read()
    await decide(await holdOf('zaken.zaken'), 'reject')
    expect((await read()).status).toBe('held')
    waterdam.zgw.grant(grants(zaaktypen))
    expect((await read()).status).toBe('synced')
    expect((await holds()).filter((h) => h.status === 'open')).toEqual([])
    await expectZakenEqual(waterdam)
    expect(await waterdam.rows('select * from zaken.zaken_deleted')).toEqual([])
  })
})
