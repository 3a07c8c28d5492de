/** What is proven of the rules on a municipality of any size. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  counted,
  expectedVerdicts,
  foundVerdicts,
  openScene,
  quarantined,
  type Scene,
  toCount,
  toQuarantine,
  unbroken,
  type Verdicts,
} from './scene.js'

export function proveRules(zaken: number): void {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene({ zaken, broken: 0.03 })
    await scene.readAll()
  })
  afterAll(() => scene?.close())

  describe(`${zaken.toLocaleString('en')} zaken of which 3 % break rules`, () => {
    holds(() => scene)

    test('each rule that is judged of records is broken by some', () => {
      expect(unbroken(scene)).toEqual([])
    })
  })

  describe('when the source has mended half of them, and all is read again', () => {
    let broken: number
    beforeAll(async () => {
      broken = scene.truth.broken
      scene.truth.mendHalf()
      await scene.readAll()
    })
    test('half of what was broken still is', () => {
      expect(scene.truth.broken).toBe(Math.floor(broken / 2))
    })
    holds(() => scene)
  })
}

function holds(sceneNow: () => Scene): void {
  test('each record that breaks rules is found by exactly those, and no other record is accused', async () => {
    expect(differences(await foundVerdicts(sceneNow()), expectedVerdicts(sceneNow()))).toEqual([])
  })

  test('those that a rule refuses are in quarantine, and no other', async () => {
    expect(await quarantined(sceneNow())).toEqual(toQuarantine(sceneNow()))
  })

  test('the report counts each record once for each rule', async () => {
    expect(await counted(sceneNow())).toEqual(toCount(sceneNow()))
  })

  test('the balance of each dataset closes', async () => {
    expect(await sceneNow().project.rows(`select dataset from gemaal.dataset_runs where status <> 'published' or not balanced`)).toEqual([])
  })
}

/** The first few, so that a failure can be read. */
function differences(found: Verdicts, expected: Verdicts): string[] {
  const records = [...new Set([...found.keys(), ...expected.keys()])].filter((record) => found.get(record) !== expected.get(record))
  return records
    .slice(0, 20)
    .map((record) => `${record}: found ${found.get(record) ?? 'nothing'}, expected ${expected.get(record) ?? 'nothing'}`)
}
