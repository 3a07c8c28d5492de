import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'

/** A pack of the municipality: zaken by the year in their number, and the channels by which they came. */
const pack = (version: string, ruleVersion: number, years: string, channels: string) => `
pack: { title: Afspraken van Waterdam, version: ${version} }
nummer:
  field: identificatie
  check: { pattern: 'ZAAK-${years}-[0-9]{10}' }
  version: ${ruleVersion}
  severity: warn
  source: Afspraken over zaaknummers
  nl: Een zaaknummer noemt een jaar waarin zaken mogen lopen.
  en: The number of a zaak names a year in which zaken may run.
  examples: { valid: [ZAAK-2026-0000000001], invalid: [ZAAK-1999-0000000001] }
kanaal:
  field: communicatiekanaal_naam
  check: { code-list: [${channels}] }
  version: ${ruleVersion}
  severity: reject
  source: Afspraken over kanalen
  nl: Het kanaal is er een dat de gemeente kent.
  en: The channel is one that the municipality knows.
  examples: { valid: [Internet], invalid: [Fax] }
`
const mild = { 'rules/waterdam.yaml': pack('1.0.0', 1, '20[0-9]{2}', 'Internet, Balie, Telefoon, Post, E-mail') }
const stricter = { 'rules/waterdam.yaml': pack('1.1.0', 2, '202[56]', 'Internet, Balie, Telefoon, E-mail') }
const contract = (version: string) => ({
  'datasets/zaken/zaken.yaml': `from: open-zaak/zaken\nactivity: sturing-dienstverlening\nversion: ${version}\nholds: { quarantined: 100 % }\nrules: { packs: [waterdam] }\n`,
})
const own = {
  'datasets/zaken/zaken.yaml': `${contract('1.2.0')['datasets/zaken/zaken.yaml'].replace('rules: { packs: [waterdam] }\n', '')}rules:
  packs: [waterdam]
  own:
    geen-balie:
      field: communicatiekanaal_naam
      check: { code-list: [Internet, Telefoon, E-mail] }
      severity: warn
      nl: De balie is dicht.
      en: The desk is closed.
      examples: { valid: [Internet], invalid: [Balie] }
`,
}
const alone = { 'datasets/wmo/zaken.yaml': undefined, 'datasets/zaken/open_zaken.yaml': undefined }

const zaken = 120

let waterdam: Waterdam
beforeEach(async () => {
  waterdam = await openWaterdam({ zaken, broken: 0 }, { ...alone, ...mild, ...contract('1.0.0') })
  await waterdam.read('zaken')
})
afterEach(() => waterdam.close())

const accused = async () =>
  (await waterdam.rows<{ uuid: string }>(`select uuid from zaken.zaken where _findings <> '{}' order by 1`)).map(({ uuid }) => uuid)
const refused = async () =>
  (await waterdam.rows<{ key: string }>(`select key[1] as key from gemaal.quarantine where closed_at is null order by 1`)).map((e) => e.key)
/** Zaken of the source that a test of their fields says something of. */
const zakenWith = (test: (zaak: { [field: string]: unknown }) => boolean) =>
  waterdam.zgw
    .snapshot()
    .zaken.filter(test)
    .map(({ uuid }) => uuid as string)
    .sort()
const isOld = ({ identificatie }: { [field: string]: unknown }) => !/^ZAAK-202[56]-/.test(identificatie as string)
const isByPost = ({ communicatiekanaalNaam }: { [field: string]: unknown }) => communicatiekanaalNaam === 'Post'

/** How the next reading goes that is asked for as one of changes. */
async function readChanges() {
  const { streamRunId, datasets } = await waterdam.read('zaken', 'changes')
  const [run] = await waterdam.rows<{ reading: string; why: string }>(
    'select reading, why_reading as why from gemaal.stream_runs where id = $1',
    [streamRunId],
  )
  return { ...run!, balance: datasets[0]!.balance }
}
const plannedAnew = { reading: 'full', why: expect.stringContaining('planned anew') }

test('a pack that gets stricter says nothing of rows until they are read, makes the next reading full, and judges the unchanged rows in it', async () => {
  await waterdam.apply({ ...stricter, ...contract('1.1.0') })
  expect([await accused(), await refused()]).toEqual([[], []])

  const byPost = zakenWith(isByPost)
  const reading = await readChanges()
  expect(reading).toMatchObject({
    ...plannedAnew,
    balance: { read: zaken, new: 0, changed: 0, quarantined: byPost.length, unchanged: zaken - byPost.length },
  })
  expect(await accused()).toEqual(zakenWith((zaak) => isOld(zaak) || isByPost(zaak)))
  expect(await refused()).toEqual(byPost)
  // The older versions stand, and say why the newer ones do not.
  expect(await waterdam.rows(`select from zaken.zaken where _findings @> '{refused:waterdam.kanaal}'`)).toHaveLength(byPost.length)
})

test('readings of changes after that judge what they read, and leave the findings of other rows as they are', async () => {
  await waterdam.apply({ ...stricter, ...contract('1.1.0') })
  await waterdam.read('zaken')
  const before = await accused()
  // A reading of changes reads every zaak that is open.
  const [good] = zakenWith((zaak) => !isOld(zaak) && !isByPost(zaak) && zaak.einddatum === null)
  waterdam.zgw.changeZaak(good!, { identificatie: 'ZAAK-2019-0000000001' })
  expect(await readChanges()).toMatchObject({ reading: 'changes', why: 'asked for' })
  expect(await accused()).toEqual([...before, good!].sort())
})

test('a rule that the contract adds makes the next reading full, and judges the unchanged rows in it', async () => {
  await waterdam.apply(own)
  expect(await readChanges()).toMatchObject({ ...plannedAnew, balance: { unchanged: zaken } })
  expect(await accused()).toEqual(zakenWith(({ communicatiekanaalNaam: kanaal }) => kanaal === 'Balie' || kanaal === 'Post'))
})

test('a severity that the contract raises sends the unchanged rows to quarantine at the next reading', async () => {
  await waterdam.apply({ ...stricter, ...contract('1.1.0') })
  await waterdam.read('zaken')
  await waterdam.apply({
    'datasets/zaken/zaken.yaml': contract('1.2.0')['datasets/zaken/zaken.yaml'].replace(
      '[waterdam]',
      '[waterdam], set: { waterdam.nummer: reject }',
    ),
  })
  expect(await readChanges()).toMatchObject(plannedAnew)
  expect(await refused()).toEqual(zakenWith((zaak) => isOld(zaak) || isByPost(zaak)))
})

test('a pack that says the same in other words leaves the next reading as it was asked for', async () => {
  const reworded = Object.fromEntries(
    Object.entries(mild).map(([path, text]) => [path, text.replace('version: 1.0.0', 'version: 1.0.1').replace('De', 'Het')]),
  )
  await waterdam.apply(reworded)
  expect(await readChanges()).toMatchObject({ reading: 'changes', why: 'asked for' })
})

test('a pack that gets milder takes its findings back at the next reading, and lets in what it refused', async () => {
  await waterdam.apply({ ...stricter, ...contract('1.1.0') })
  await waterdam.read('zaken')
  expect(await refused()).not.toEqual([])

  await waterdam.apply({ ...mild, ...contract('1.2.0') })
  expect(await readChanges()).toMatchObject({ ...plannedAnew, balance: { quarantined: 0 } })
  expect([await accused(), await refused()]).toEqual([[], []])
  expect(await waterdam.rows('select distinct closed_how from gemaal.quarantine')).toEqual([{ closed_how: 'passed' }])
})
