import { expect, test } from 'vitest'
import { shippedPacks } from '../../../config/packs.js'
import type { RecordRule } from '../../../config/rules.js'
import { findConnectors, streamsOf } from '../../../connectors/load.js'
import { openStream } from '../../../connectors/stream.js'
import { fieldsOfStream, type StreamField } from '../../../worker/planning/fields.js'
import { prepareExamples } from '../../../worker/rules/record-rules.js'
import { streamPlan } from '../plans.js'

const rules = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()])
const recordRules = rules.flatMap((rule) => (rule.level === 'record' ? [[rule.id, rule] as const] : []))

const zgw = streamsOf(await (await findConnectors()).get('zgw'), { settings: {}, streams: {} })

/** The streams of the connectors that are there, for a rule that names some of them; undefined where there is none yet. */
function fieldsFor(rule: RecordRule): (readonly StreamField[] | undefined)[] {
  const known = (rule.appliesTo.streams ?? []).filter((name) => name in zgw)
  return known.length === 0 ? [undefined] : known.map((name) => fieldsOfStream(openStream(name, zgw)).fields)
}

test.each(recordRules)('the examples of %s are judged as the pack says, of each stream that it is for', (_, rule) => {
  for (const fields of fieldsFor(rule)) {
    const { judge, problem } = prepareExamples(rule, fields)
    expect(problem).toBeUndefined()
    for (const example of rule.examples.valid) expect(['ok', 'not applicable'], JSON.stringify(example)).toContain(judge!(example))
    for (const example of rule.examples.invalid) expect(judge!(example), JSON.stringify(example)).toBe('violation')
    expect(rule.examples.valid.some((example) => judge!(example) === 'ok')).toBe(true)
  }
})

test.each(recordRules)('%s has three examples of each sort', (_, { examples }) => {
  expect(examples.valid.length).toBeGreaterThanOrEqual(3)
  expect(examples.invalid.length).toBeGreaterThanOrEqual(3)
})

function rule(check: string, examples: RecordRule['examples']): RecordRule {
  return {
    id: 'own.regel',
    level: 'record',
    version: 1,
    appliesTo: { streams: undefined, columns: undefined, kinds: undefined, types: undefined },
    severity: 'warn',
    source: undefined,
    validFrom: undefined,
    upTo: undefined,
    nl: 'Zo is het.',
    en: 'So it is.',
    mend: undefined,
    check,
    examples,
  }
}

test('without a stream, examples show what their columns hold', () => {
  const { judge } = prepareExamples(
    rule('begin <= einde && open && aantal > 3 && nummer == "0012" && duur != null && "a" in codes && gezet <= now()', {
      valid: [
        {
          begin: '2026-01-01',
          einde: '2026-01-02',
          open: 'true',
          aantal: '4',
          nummer: '0012',
          duur: 'P1D',
          codes: ['a'],
          gezet: '2026-01-01T00:00:00Z',
        },
      ],
      invalid: [],
    }),
    undefined,
  )
  // Digits are texts or numbers, all of them: a rule that needs both needs its stream.
  expect(judge).toBeUndefined()
  const { judge: judgeNumbers } = prepareExamples(
    rule('begin <= einde && open && aantal > 3 && bedrag < 0.5', {
      valid: [{ begin: '2026-01-01', einde: '2026-01-02', open: 'true', aantal: '4', bedrag: '0.4' }],
      invalid: [],
    }),
    undefined,
  )
  expect(judgeNumbers!({ begin: '2026-01-01', einde: '2026-01-01', open: 'true', aantal: '10', bedrag: '0.49' })).toBe('ok')
  expect(judgeNumbers!({ begin: '2026-01-01', einde: '2026-01-01', open: 'true', aantal: '10', bedrag: '0.5' })).toBe('violation')
})

test('today is 1 July 2026 in examples', () => {
  const { judge } = prepareExamples(rule('dag <= today()', { valid: [{ dag: '2026-07-01' }], invalid: [{ dag: '2026-07-02' }] }), undefined)
  expect(judge!({ dag: '2026-07-01' })).toBe('ok')
  expect(judge!({ dag: '2026-07-02' })).toBe('violation')
})

test('what an example leaves out is absent, and what is not of its type cannot be judged', () => {
  const { fields } = streamPlan({ dag: { value: 'date' }, kleur: {} })
  const { judge } = prepareExamples(rule('dag > day("2026-01-01") || kleur == null', { valid: [], invalid: [] }), fields)
  expect(judge!({ kleur: 'rood' })).toBe('not applicable')
  expect(judge!({ dag: 'morgen', kleur: 'rood' })).toBe('unknown')
})

test('a nested value is written as JSON in an example', () => {
  const { fields } = streamPlan({
    kenmerken: { value: 'json', inside: [{ path: ['*', 'bron'], kind: 'none', value: 'text', list: false, description: 'Bron' }] },
  })
  const { judge } = prepareExamples(rule('kenmerken.all(k, k.bron != "")', { valid: [], invalid: [] }), fields)
  expect(judge!({ kenmerken: '[{"bron":"a"}]' })).toBe('ok')
  expect(judge!({ kenmerken: '[{"bron":"a"},{"bron":""}]' })).toBe('violation')
})

test('an example with a column that the stream does not have is told', () => {
  const { fields } = streamPlan({ dag: { value: 'date' } })
  const { problem } = prepareExamples(rule('dag != null', { valid: [{ dagg: '2026-01-01' }], invalid: [] }), fields)
  expect(problem?.message).toBe("an example names the column 'dagg', which the stream does not have")
})

test('an expression that cannot be judged of the stream is told', () => {
  const { problem } = prepareExamples(rule('dag > 3', { valid: [{ dag: '2026-01-01' }], invalid: [] }), undefined)
  expect(problem?.message).toBe("'dag > 3' compares a day with a whole number")
})
