import { z } from 'zod'
import type { Severity, ValueType } from './dataset-plan.js'
import { type Kind, kinds } from './kinds.js'
import { bound, columnName, count, day, list, oneOrMore, packName, streamName, text, version } from './words.js'

/**
 * What a rule of a pack or contract can look at: one value, or one record. Rules on the records of a dataset together, on references to other
 * datasets and on a load as a whole are built in.
 */
const levels = ['field', 'record'] as const

/** What a violation does to the record: to quarantine, the column becomes null, it lands with a finding, it is counted only. */
export const severities = ['reject', 'blank', 'warn', 'report'] as const satisfies readonly Severity[]

const valueTypes = [
  'text',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'duration',
  'uuid',
  'reference',
  'geometry',
  'json',
] as const satisfies readonly ValueType[]

/** The columns that a rule holds for: all of what is given has to match. Of record rules only `streams` counts. */
export interface AppliesTo {
  streams: readonly string[] | undefined
  columns: readonly string[] | undefined
  kinds: readonly Kind[] | undefined
  types: readonly ValueType[] | undefined
}

/** A check on one value, by the name under which the rule engine knows it. */
export interface FieldCheck {
  name: string
  parameters: { readonly [name: string]: unknown }
}

/** Checks that take no parameters. `code-list` then takes the codes that the field's record describes. */
export const plainChecks = ['bsn', 'rsin', 'code-list', 'date', 'reference', 'required'] as const

const pattern = text.refine(
  (written) => {
    try {
      new RegExp(written, 'u')
      return true
    } catch {
      return false
    }
  },
  { error: 'this is not a regular expression (ECMAScript, flag u)', abort: true },
)

const checkForm = z.union(
  [
    text.describe('Name of a check, or for a rule on a record an expression in CEL over its columns'),
    z.strictObject({ pattern: pattern.describe('Regular expression that the whole text has to match') }),
    z.strictObject({ 'code-list': list(text).min(1, { error: 'at least one code' }).describe('The codes that are allowed') }),
    z.strictObject({
      date: z
        .strictObject({
          from: day.optional().describe('First day that is allowed'),
          to: day.optional().describe('Last day that is allowed'),
        })
        .describe('A real calendar day within bounds'),
    }),
  ],
  { error: `a check (${plainChecks.join(', ')}, { pattern }, { code-list }, { date }), or an expression on the columns of a record` },
)

const forForm = z
  .strictObject({
    stream: oneOrMore(streamName, 'a stream').optional().describe('Streams that it holds for; left out: all'),
    column: oneOrMore(columnName, 'a column').optional().describe('Columns that it holds for'),
    kind: oneOrMore(z.enum(kinds), 'a kind').optional().describe('Columns of these kinds'),
    type: oneOrMore(z.enum(valueTypes), 'a type').optional().describe('Columns of these types'),
  })
  .superRefine((applies, ctx) => {
    if (Object.values(applies).every((value) => value === undefined))
      ctx.addIssue({ code: 'custom', message: "'for' names nothing; expected stream, column, kind or type" })
  })

const scalarExample = z.union([z.string(), z.null()], { error: 'a value or null' })
const recordExample = z.record(columnName, z.union([z.string(), z.null(), z.array(z.string())], { error: 'a value or null' }))
const example = z.union([scalarExample, recordExample], {
  error: 'a value for a rule on a field, a map from column to value for a rule on a record',
})

const ruleShape = {
  version: count.optional().describe('Version of the rule; left out: 1'),
  field: columnName.optional().describe('Column that it judges, in any stream: short for { for: { column } }'),
  for: forForm.optional().describe('Columns that it judges, or for a rule on a record its streams'),
  level: z
    .enum(levels, { error: 'field or record; rules on a dataset, a reference or a load are built in' })
    .optional()
    .describe('What it judges: field (a value) or record; left out: a field where it says which columns, else a record'),
  check: checkForm.describe('What has to hold'),
  severity: z
    .enum(severities)
    .describe(
      'What a violation does: reject (to quarantine), blank (the column becomes null), warn (lands, with a finding), report (counted only)',
    ),
  nl: text.describe('Sentence for people, in Dutch'),
  en: text.describe('Sentence for people, in English'),
  examples: z
    .strictObject({
      valid: z.array(example).min(1, { error: 'at least one example' }).describe('Values or records that satisfy it'),
      invalid: z.array(example).min(1, { error: 'at least one example' }).describe('Values or records that break it'),
    })
    .describe('Made-up examples; the tests judge them'),
}

interface RuleIssues {
  addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void
}

interface WrittenRule {
  field?: string | undefined
  for?: z.output<typeof forForm> | undefined
  level?: (typeof levels)[number] | undefined
  check: z.output<typeof checkForm>
  severity: Severity
  examples: { valid: z.output<typeof example>[]; invalid: z.output<typeof example>[] }
}

/** A rule that names columns, kinds or types judges their values; another judges the record. */
function levelOf(rule: WrittenRule): (typeof levels)[number] {
  const { column, kind, type } = rule.for ?? {}
  return rule.field !== undefined || column || kind || type ? 'field' : 'record'
}

function checkRule(rule: WrittenRule, ctx: RuleIssues): void {
  const issue = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
  const level = levelOf(rule)
  if (rule.level !== undefined && rule.level !== level) {
    issue(
      ['level'],
      level === 'field'
        ? "a rule that says which columns it judges is of level 'field'"
        : "a rule of level 'field' says under 'field' or 'for' which columns it judges",
    )
  }
  if (rule.field !== undefined && rule.for !== undefined) issue(['for'], "'field' and 'for' exclude each other; put the column under 'for'")
  if (level === 'field' && typeof rule.check === 'string' && !isPlainCheck(rule.check)) {
    issue(['check'], `there is no check '${rule.check}'; expected one of ${plainChecks.join(', ')}, pattern`)
  }
  if (level === 'record') {
    if (typeof rule.check !== 'string' || isPlainCheck(rule.check))
      issue(['check'], "a check on one value, and neither 'field' nor 'for' says which column; add it")
    if (rule.severity === 'blank')
      issue(['severity'], "'blank' empties one column, and a rule on a record names none; expected one of reject, warn, report")
  }
  for (const list of ['valid', 'invalid'] as const) {
    rule.examples[list].forEach((item, index) => {
      const isRecord = typeof item === 'object' && item !== null
      if (isRecord !== (level === 'record'))
        issue(
          ['examples', list, index],
          `an example of a rule on a ${level} is a ${level === 'field' ? 'value' : 'map from column to value'}`,
        )
    })
  }
}

function isPlainCheck(check: string): boolean {
  return (plainChecks as readonly string[]).includes(check)
}

/** A rule of a pack. */
export const packRuleForm = z
  .strictObject({ ...ruleShape, source: text.describe('Law or standard, and the clause, that the rule comes from') })
  .superRefine(checkRule)

/** A rule of a contract's own. */
export const ownRuleForm = z
  .strictObject({ ...ruleShape, source: text.optional().describe('Law, standard or agreement that the rule comes from') })
  .superRefine(checkRule)

/** What a contract says of a rule of a pack. */
export interface RuleSetting {
  severity: Severity
  /** So many findings the contract still takes; more break it. */
  upTo: z.output<typeof bound> | undefined
}

export const ruleSetting = z
  .union(
    [
      z.enum(severities),
      z.strictObject({
        severity: z.enum(severities).describe('What a violation does'),
        upTo: bound.optional().describe('Share or number of findings that the contract still takes'),
      }),
    ],
    { error: `one of ${severities.join(', ')}, or { severity, upTo }` },
  )
  .transform(
    (written): RuleSetting =>
      typeof written === 'string' ? { severity: written, upTo: undefined } : { severity: written.severity, upTo: written.upTo },
  )

const packHeader = z.strictObject({
  title: text.optional().describe('What the pack is about; left out: its name'),
  version: version.default('1.0.0').describe('Version of the pack'),
  also: list(packName).default([]).describe('Packs that come along where this one is chosen'),
})

/** A rule pack: `pack` describes it, every other key is a rule. */
export const packForm = z.object({ pack: packHeader.prefault({}).describe('The pack itself') }).catchall(packRuleForm)

export type RecordExample = z.output<typeof recordExample>

interface RuleBase {
  /** `<pack>.<rule>`. */
  id: string
  version: number
  appliesTo: AppliesTo
  severity: Severity
  /** Law or standard, with the clause. */
  source: string | undefined
  nl: string
  en: string
}

export type Rule = RuleBase &
  (
    | { level: 'field'; check: FieldCheck; examples: { valid: readonly (string | null)[]; invalid: readonly (string | null)[] } }
    /** `check` is an expression in CEL over the columns of the record. */
    | { level: 'record'; check: string; examples: { valid: readonly RecordExample[]; invalid: readonly RecordExample[] } }
  )

export interface RulePack {
  name: string
  /** Path of the file, for messages. */
  file: string
  title: string
  version: string
  also: readonly string[]
  /** By id. */
  rules: ReadonlyMap<string, Rule>
}

export function packOf(name: string, file: string, written: z.output<typeof packForm>): RulePack {
  const { pack, ...rules } = written
  const entries = Object.entries(rules as { [rule: string]: z.output<typeof packRuleForm> }).map(([key, rule]) =>
    ruleOf(`${name}.${key}`, rule),
  )
  return {
    name,
    file,
    title: pack.title ?? name,
    version: pack.version,
    also: pack.also,
    rules: new Map(entries.map((rule) => [rule.id, rule])),
  }
}

/** @param id `<pack>.<rule>`; a contract's own rules are `own.<rule>` */
export function ruleOf(id: string, written: z.output<typeof ownRuleForm>): Rule {
  const { stream, column, kind, type } = written.for ?? {}
  const base: RuleBase = {
    id,
    version: written.version ?? 1,
    appliesTo: { streams: stream, columns: written.field === undefined ? column : [written.field], kinds: kind, types: type },
    severity: written.severity,
    source: written.source,
    nl: written.nl,
    en: written.en,
  }
  const { valid, invalid } = written.examples
  if (levelOf(written) === 'record') {
    return {
      ...base,
      level: 'record',
      check: String(written.check),
      examples: { valid: valid as RecordExample[], invalid: invalid as RecordExample[] },
    }
  }
  return {
    ...base,
    level: 'field',
    check: fieldCheckOf(written.check),
    examples: { valid: valid as (string | null)[], invalid: invalid as (string | null)[] },
  }
}

function fieldCheckOf(check: z.output<typeof checkForm>): FieldCheck {
  if (typeof check === 'string') return { name: check, parameters: {} }
  if ('pattern' in check) return { name: 'pattern', parameters: { pattern: check.pattern } }
  if ('code-list' in check) return { name: 'code-list', parameters: { values: check['code-list'] } }
  return { name: 'date', parameters: check.date }
}
