import { expect, test } from 'vitest'
import { ordinaryKinds, specialKinds, treatments } from '../../config/kinds.js'
import { codeOf, proseOf, textOf } from './pages.js'

const page = 'docs/privacy.md'

test('the page for the privacy officer names every kind and every treatment, and no others', () => {
  const lines = proseOf(page)
  const sentence = lines.find((line) => line.startsWith('Soorten: '))!
  const [ordinary = '', special = ''] = sentence.split('Soorten van AVG art. 9 en 10')
  const names = (text: string) => [...text.matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name!)
  expect(names(ordinary)).toEqual([...ordinaryKinds])
  expect(names(special.split('.')[0]!)).toEqual([...specialKinds])
  const from = lines.indexOf('| behandeling | wat er landt |')
  const rows = lines.slice(from + 2, lines.indexOf('', from))
  expect(rows.flatMap((row) => names(row.split('|')[1]!))).toEqual([...treatments])
})

test('it is in Dutch and names each place where something is kept', () => {
  expect(textOf(page)).toMatch(/^# Privacy\n\n\*Voor de functionaris gegevensbescherming/)
  const named = codeOf(page).map(({ text }) => text)
  for (const place of ['staging', '…_deleted', '…_history', 'gemaal.quarantine', 'gemaal.findings', 'gemaal.audit_trail'])
    expect(named).toContain(place)
})
