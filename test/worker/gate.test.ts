import { expect, test } from 'vitest'
import { NotAllowed } from '../../worker/errors.js'
import { allowanceOf, approvalOf, checkGate, fingerprintOfAllowance } from '../../worker/gate.js'
import { dutchToday } from '../../worker/rules/today.js'
import { Workspace } from '../../worker/workspace.js'
import { activities, planned, type Sketch } from './projects.js'

const personal = 'from: bron/mensen\nactivity: proef\npersonal: [bsn]\nretention: { keep: 5 years, after: dag }\n'
const impersonal = 'from: bron/mensen\nactivity: proef\n'

async function opened(sketch: Sketch) {
  const { project, plan } = await planned({ activities: activities('{ bsn: pseudonymise }'), ...sketch })
  const plans = Workspace.plansOf(plan)
  const activity = project.activities.get('proef')!
  const check = (today = '2026-11-25', dev = false) => checkGate(project.activities, plans, plans, today, dev)
  return { activity, plans, check, allowance: allowanceOf(activity, plans) }
}

/** The same project with the approval that fits it, and then with changes. */
async function approved(changes: Sketch = {}, before: Sketch = { contract: personal }) {
  const { allowance } = await opened(before)
  const approval = `  approved: { by: fg@waterdam.example, on: 2026-10-14, of: ${fingerprintOfAllowance(allowance)} }\n`
  return opened({ ...before, ...changes, activities: `${changes.activities ?? activities('{ bsn: pseudonymise }')}${approval}` })
}

test('what was approved as it is may run', async () => {
  const { check, activity, plans } = await approved()
  expect(approvalOf(activity, plans)).toBe('approved')
  expect(check()).toEqual([])
})

test('the last day of an activity is one of its days, and the day after is not', async () => {
  const { check } = await approved()
  expect(check('2028-12-31')).toEqual([])
  expect(() => check('2029-01-01')).toThrow(NotAllowed)
  expect(() => check('2029-01-01')).toThrow(/activity 'proef' ended on 2028-12-31; ask the FG to prolong it/)
  // Not even a developer lands data for a purpose that has ended.
  expect(() => check('2029-01-01', true)).toThrow(NotAllowed)
})

test('an activity that has not begun lands nothing yet', async () => {
  const { check } = await approved({ activities: activities('{ bsn: pseudonymise }', '  from: 2026-01-01\n') })
  expect(() => check('2025-12-31')).toThrow(/activity 'proef' begins on 2026-01-01/)
  expect(check('2026-01-01')).toEqual([])
})

test('without an approval personal data is refused; on the machine of a developer it is a warning', async () => {
  const { check } = await opened({ contract: personal })
  expect(() => check()).toThrow(/lets personal data land and has no approval; the FG gives it with `gemaal privacy approve proef`/)
  expect(check('2026-11-25', true)).toEqual([expect.stringMatching(/^activity 'proef' lets personal data land and has no approval/)])
})

test('where nothing personal lands no approval is needed', async () => {
  const { check, activity, plans } = await opened({ contract: impersonal })
  expect(approvalOf(activity, plans)).toBe('missing')
  expect(check()).toEqual([])
})

test('an activity that is not in the register is refused', async () => {
  const { plans } = await opened({ contract: personal })
  expect(() => checkGate(new Map(), plans, plans, '2026-11-25', true)).toThrow(/activity 'proef' is not in activities.yaml/)
})

test('a dataset without an activity passes', async () => {
  const { plan } = await planned({ contract: 'from: bron/dingen\n' })
  const plans = Workspace.plansOf(plan)
  expect(checkGate(new Map(), plans, plans, '2026-11-25', false)).toEqual([])
})

const more: [what: string, changes: Sketch][] = [
  [
    'another kind lands',
    { contract: personal.replace('[bsn]', '[bsn, naam]'), activities: activities('{ bsn: pseudonymise, naam: keep }') },
  ],
  ['a value lands as it is', { activities: activities('{ bsn: keep }') }],
  ['another dataset takes from the stream', { files: { 'datasets/proef/twee.yaml': personal } }],
  ['other records are selected', { contract: `${personal}where: { open: 'true' }\n` }],
  ['older versions are kept', { contract: `${personal}history: true\n` }],
  ['records are kept longer', { contract: personal.replace('5 years', '10 years') }],
  ['another group reads it', { activities: activities('{ bsn: pseudonymise }', '  readers: [data_team]\n') }],
  ['its pseudonyms can be joined with those of others', { activities: activities('{ bsn: pseudonymise }', '  domain: sociaal\n') }],
  ['the purpose is another', { activities: activities('{ bsn: pseudonymise }').replace('Proef van de tests', 'Iets anders') }],
  ['the law is another', { activities: activities('{ bsn: pseudonymise }').replace('art. 160', 'art. 161') }],
  ['it goes on longer', { activities: activities('{ bsn: pseudonymise }').replace('2028', '2029') }],
]

test.each(more)('an approval no longer fits when %s', async (_, changes) => {
  const { check, activity, plans } = await approved(changes)
  expect(approvalOf(activity, plans)).toBe('outdated')
  expect(() => check()).toThrow(/lets more or other data land than was approved/)
  expect(check('2026-11-25', true)).toHaveLength(1)
})

test.each<[string, Sketch]>([
  ['a title changes', { contract: `${personal}title: Anders\n` }],
  ['a column that says nothing of a person is dropped', { contract: `${personal}columns: { kleur: drop }\n` }],
  ['the datasets of another activity change', { files: { 'datasets/proef/dingen.yaml': 'from: bron/dingen\n' } }],
])('an approval still fits when %s', async (_, changes) => {
  const { check } = await approved(changes)
  expect(check()).toEqual([])
})

test('what the FG approves is told line by line', async () => {
  const contract = `${personal.replace('[bsn]', '[bsn, naam]')}where: { soort: { atMost: intern } }\ncolumns: { delen: table }\n`
  const { allowance } = await opened({ contract, activities: activities('{ bsn: pseudonymise, naam: keep }', '  readers: [data_team]\n') })
  expect(allowance).toEqual([
    'basis algemeen belang Gemeentewet art. 160',
    'dataset proef.mensen from bron/mensen, read by the readers of the activity',
    'mensen_delen.door: naam, keep',
    'proef.mensen retention {"keep":"5 years","after":"dag"}',
    'proef.mensen where {"column":"soort","test":"atMost","value":"intern","order":["open","intern","geheim"]}',
    'proef.mensen.bsn: bsn, pseudonymise',
    'proef.mensen.naam: naam, keep',
    'pseudonyms of domain proef',
    'purpose Proef van de tests',
    'reader data_team',
    'until 2028-12-31',
  ])
})

test('today is the day of the Dutch calendar, whatever the clock of the machine says', () => {
  expect(dutchToday(new Date('2026-06-30T22:30:00Z'))).toBe('2026-07-01')
  expect(dutchToday(new Date('2026-12-31T22:59:59Z'))).toBe('2026-12-31')
  expect(dutchToday(new Date('2026-12-31T23:00:00Z'))).toBe('2027-01-01')
})
