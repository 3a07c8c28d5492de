import { expect, test } from 'vitest'
import type { PlannedColumn, PlannedRule } from '../../../config/dataset-plan.js'
import type { LoadRule } from '../../../config/rules.js'
import { planPersonalRule } from '../../../worker/planning/personal-rules.js'
import type { ChosenRule } from '../../../worker/planning/rules.js'

const column = (name: string, more: Partial<PlannedColumn> = {}): PlannedColumn => ({
  name,
  type: 'text',
  field: 0,
  kind: 'none',
  treatment: 'keep',
  description: name,
  key: false,
  volatile: false,
  ...more,
})

const chosen = (of: string): ChosenRule<LoadRule> => ({
  rule: {
    level: 'load',
    id: `avg.${of}-in-kolom`,
    version: 2,
    appliesTo: { streams: undefined, columns: undefined, kinds: undefined, types: undefined },
    severity: 'warn',
    source: undefined,
    validFrom: undefined,
    upTo: undefined,
    mend: undefined,
    nl: 'nl',
    en: 'en',
    check: { name: 'personal-values', parameters: { of, atMost: 0.01 } },
    examples: { valid: [], invalid: [] },
  } as LoadRule,
  severity: 'report',
  upTo: undefined,
  at: ['rules'],
  own: false,
})

function planned(of: string, columns: PlannedColumn[], rules: PlannedRule[] = []) {
  const refused: string[] = []
  const plan = planPersonalRule(chosen(of), { streamName: 's', fields: [], columns, rules }, (_, __, why) => refused.push(why))
  return { plan, refused }
}

test('texts and whole numbers of no person are watched, and nothing that is described as something else', () => {
  const watched = [
    column('tekst'),
    column('lijst', { type: 'text[]' }),
    column('getal', { type: 'bigint' }),
    column('getallen', { type: 'bigint[]' }),
  ]
  const inside = (kind: 'none' | 'naam', treatment: 'keep' | 'drop') => ({
    type: 'jsonb' as const,
    inside: [{ path: ['a'], kind, treatment }],
  })
  const others = [
    column('naam', { kind: 'naam' }),
    column('code', { codes: ['a'] }),
    column('maand', { treatment: 'month' }),
    column('dag', { type: 'date' }),
    column('uuid', { type: 'uuid' }),
    column('vlak', { type: 'jsonb' }),
    column('namen', inside('naam', 'keep')),
    column('weg', inside('none', 'drop')),
  ]
  const { plan, refused } = planned('email', [...watched, column('kenmerken', inside('none', 'keep')), ...others])
  expect(plan).toEqual([
    {
      level: 'load',
      id: 'avg.email-in-kolom',
      version: 2,
      severity: 'report',
      upTo: undefined,
      check: { name: 'personal-values', parameters: { of: 'email', atMost: 0.01 } },
      columns: ['tekst', 'lijst', 'getal', 'getallen', 'kenmerken'],
      nl: 'nl',
      en: 'en',
    },
  ])
  expect(refused).toEqual([])
})

test('a column that holds RSINs by a rule is not looked at for BSNs, and is for the rest', () => {
  const columns = [column('rsin', { field: 1 }), column('nummer', { field: 2 })]
  const rule = (check: string, field: number): PlannedRule => ({
    ...{ level: 'field', id: 'nl.rsin', version: 1, severity: 'reject', nl: '', en: '' },
    field,
    check: { name: check, parameters: {} },
  })
  const record: PlannedRule = { level: 'record', id: 'x.y', version: 1, severity: 'warn', fields: [2], check: 'true', nl: '', en: '' }
  const rules = [rule('rsin', 1), rule('pattern', 2), record]
  expect(planned('bsn', columns, rules).plan[0]!.columns).toEqual(['nummer'])
  expect(planned('iban', columns, rules).plan[0]!.columns).toEqual(['rsin', 'nummer'])
})

test('a dataset without such a column has no such rule, and the plan says why', () => {
  expect(planned('bsn', [column('naam', { kind: 'naam' })])).toEqual({
    plan: [],
    refused: ['no column of this dataset lands text or whole numbers that are said to be about no person'],
  })
})
