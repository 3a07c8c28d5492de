import { z } from 'zod'
import { checkForms, type Level, levels, none, plainFieldChecks } from './checks.js'
import type { NamedCheck, RecordSeverity, Severity, ValueType } from './dataset-plan.js'
import { type Kind, kinds } from './kinds.js'
import { type Bound, bound, columnName, count, day, list, oneOrMore, packName, streamName, text, version } from './words.js'

/** What a violation does to the record: to quarantine, the column becomes null, it lands with a finding, it is counted only. */
export const recordSeverities = ['reject', 'blank', 'warn', 'report'] as const satisfies readonly RecordSeverity[]

/** The same, and for a set as a whole: publishing waits for a person, or the dataset stays as it was. */
export const severities = [...recordSeverities, 'hold', 'fail'] as const satisfies readonly Severity[]

/** What a violation of a rule of each level can do. */
export const severitiesOf: { readonly [level in Level]: readonly Severity[] } = {
  field: recordSeverities,
  record: ['reject', 'warn', 'report'],
  // Which of the rows is the wrong one, a rule on a set does not know.
  dataset: ['warn', 'report', 'hold', 'fail'],
  reference: ['warn', 'report'],
  load: ['warn', 'report', 'hold', 'fail'],
}

/** What a violation does, to end a sentence. */
export const severityEffects: { readonly [severity in Severity]: string } = {
  reject: 'refuses one record',
  blank: 'empties one column',
  warn: 'lets it land with a finding',
  report: 'counts it only',
  hold: 'makes a whole set wait',
  fail: 'keeps a whole set from landing',
}

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

const forms: { readonly [name: string]: z.ZodType }[] = Object.values(checkForms)
const namedForms = forms.flatMap((of) => Object.entries(of)).filter(([name], i, all) => all.findIndex(([other]) => other === name) === i)

/** A name or an expression as text; or one check with its parameters. */
const checkForm = z.union(
  [
    text.describe('Name of a check, or for a rule on a record an expression in CEL over its columns'),
    ...namedForms.flatMap(([name, form]) => (form === none ? [] : [z.strictObject({ [name]: form })])),
  ],
  { error: `a check (${namedForms.map(([name]) => name).join(', ')}), or an expression on the columns of a record` },
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
const rowsExample = z.array(recordExample)
const referenceExample = z.record(streamName, rowsExample)
const measure = z.union([z.string(), z.record(z.string(), z.string())], { error: 'a number, or a map from code to number' })
const loadExample = z.strictObject({
  before: z.array(measure).describe('What earlier loads measured, the oldest first'),
  now: measure.describe('What this load measures'),
})
const exampleForms = {
  field: scalarExample,
  record: recordExample,
  dataset: rowsExample,
  reference: referenceExample,
  load: loadExample,
} as const
const exampleWords: { readonly [level in Level]: string } = {
  field: 'a value',
  record: 'a map from column to value',
  dataset: 'a list of rows',
  reference: "a map from 'rows' and each stream to a list of rows",
  load: 'a map of before and now',
}
const example = z.union([scalarExample, loadExample, recordExample, rowsExample, referenceExample], {
  error: 'a value for a rule on a field, a map from column to value for a rule on a record, a list of such maps for a rule on a dataset',
})

const ruleShape = {
  version: count.optional().describe('Version of the rule; left out: 1'),
  validFrom: day.optional().describe('Day from which the law or standard asks for it'),
  field: columnName.optional().describe('Column that it judges, in any stream: short for { for: { column } }'),
  for: forForm.optional().describe('Columns that it judges, or for another rule its streams'),
  level: z
    .enum(levels, { error: `one of ${levels.join(', ')}` })
    .optional()
    .describe('What it judges: a field (a value), a record, the dataset, a reference or a load; left out: as its check says'),
  uses: z
    .record(z.string(), list(columnName))
    .optional()
    .describe("Columns that the SQL of a rule reads: those of 'rows', and of each other stream"),
  check: checkForm.describe('What has to hold'),
  severity: z
    .enum(severities)
    .describe(
      'What a violation does: reject (to quarantine), blank (the column becomes null), warn (lands, with a finding), report (counted only); of a set hold (waits for a person) or fail (nothing lands)',
    ),
  nl: text.describe('Sentence for people, in Dutch'),
  en: text.describe('Sentence for people, in English'),
  mend: z
    .strictObject({ nl: text.describe('In Dutch'), en: text.describe('In English') })
    .optional()
    .describe('What to do about a violation, as a sentence; left out: as its level and severity say'),
  examples: z
    .strictObject({
      valid: z.array(example).min(1, { error: 'at least one example' }).describe('What satisfies it'),
      invalid: z.array(example).min(1, { error: 'at least one example' }).describe('What breaks it'),
    })
    .describe('Made-up examples; the tests judge them'),
}

interface RuleIssues {
  addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void
}

interface WrittenRule {
  field?: string | undefined
  for?: z.output<typeof forForm> | undefined
  level?: Level | undefined
  uses?: { [stream: string]: string[] } | undefined
  check: z.output<typeof checkForm>
  severity: Severity
  examples: { valid: z.output<typeof example>[]; invalid: z.output<typeof example>[] }
}

const namesColumns = ({ field, for: applies }: WrittenRule): boolean =>
  field !== undefined || Boolean(applies?.column ?? applies?.kind ?? applies?.type)

/** The level that the check is of; a rule whose check is text judges values where it names columns, else the record. */
function levelOf(rule: WrittenRule): Level {
  const { check } = rule
  if (typeof check === 'string') return namesColumns(rule) ? 'field' : check in checkForms.load ? 'load' : 'record'
  const [name] = Object.keys(check) as [string]
  if (name === 'sql') return rule.level ?? (Object.keys(rule.uses ?? {}).some((stream) => stream !== 'rows') ? 'reference' : 'dataset')
  return levels.find((level) => level !== 'record' && name in checkForms[level])!
}

function checkRule(rule: WrittenRule, ctx: RuleIssues): void {
  const issue = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
  const level = levelOf(rule)
  const { check } = rule
  if (rule.level !== undefined && rule.level !== level) {
    issue(
      ['level'],
      level === 'field'
        ? "a rule that says which columns it judges is of level 'field'"
        : rule.level === 'field'
          ? "a rule of level 'field' says under 'field' or 'for' which columns it judges"
          : `its check is one on a ${level}`,
    )
  }
  if (rule.field !== undefined && rule.for !== undefined) issue(['for'], "'field' and 'for' exclude each other; put the column under 'for'")
  if (level === 'field' && typeof check === 'string' && !isPlainCheck(check)) {
    issue(['check'], `there is no check '${check}'; expected one of ${plainFieldChecks.join(', ')}, pattern`)
  }
  if ((level === 'field' && typeof check !== 'string' && !namesColumns(rule)) || (level === 'record' && isPlainCheck(String(check))))
    issue(['check'], "a check on one value, and neither 'field' nor 'for' says which column; add it")
  if (level !== 'field' && namesColumns(rule) && typeof check !== 'string')
    issue(['check'], `a check on a ${level}, while 'field' or 'for' names columns; say only the streams`)
  if (typeof check === 'object' && 'sql' in check) {
    if (!rule.uses?.rows) issue(['check'], "SQL says under 'uses' which columns it reads, those of 'rows' first")
    if (rule.level === 'field' || rule.level === 'record' || rule.level === 'load')
      issue(['level'], 'a check in SQL is one on a dataset or on a reference')
  } else if (rule.uses) issue(['uses'], "'uses' is for a check in SQL; another check names its columns itself")
  if (!severitiesOf[level].includes(rule.severity)) issue(['severity'], severityFault(rule.severity, level))
  for (const list of ['valid', 'invalid'] as const) {
    rule.examples[list].forEach((item, index) => {
      if (!exampleForms[level].safeParse(item).success)
        issue(['examples', list, index], `an example of a rule on a ${level} is ${exampleWords[level]}`)
    })
  }
}

/** Why a rule of this level cannot have this severity. */
function severityFault(severity: Severity, level: Level): string {
  const expected = `expected one of ${severitiesOf[level].join(', ')}`
  if (severity === 'blank') return `'blank' ${severityEffects.blank}, and a rule on a ${level} names none; ${expected}`
  if (severity === 'reject')
    return `'reject' ${severityEffects.reject}, and a rule on a ${level} does not know which one is wrong; ${expected}`
  return `'${severity}' is for a rule on a dataset or a load; ${expected}`
}

function isPlainCheck(check: string): boolean {
  return plainFieldChecks.includes(check)
}

/** A rule of a pack. */
export const packRuleForm = z
  .strictObject({ ...ruleShape, source: text.describe('Law or standard, and the clause, that the rule comes from') })
  .superRefine(checkRule)

/** A rule of a contract's own. */
export const ownRuleForm = z
  .strictObject({
    ...ruleShape,
    source: text.optional().describe('Law, standard or agreement that the rule comes from'),
    upTo: bound.optional().describe('Share or number of findings that the contract still takes'),
  })
  .superRefine(checkRule)

/** What a contract says of a rule of a pack. */
export interface RuleSetting {
  severity: Severity
  /** So many findings the contract still takes; more break it. */
  upTo: Bound | undefined
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
  registration: text
    .optional()
    .describe('Basisregistratie that its rules are about, such as BAG: what they find can be reported back to it'),
})

/** A rule pack: `pack` describes it, every other key is a rule. */
export const packForm = z.object({ pack: packHeader.prefault({}).describe('The pack itself') }).catchall(packRuleForm)

export type RecordExample = z.output<typeof recordExample>
export type LoadExample = z.output<typeof loadExample>

interface RuleBase {
  /** `<pack>.<rule>`. */
  id: string
  version: number
  appliesTo: AppliesTo
  severity: Severity
  /** Law or standard, with the clause. */
  source: string | undefined
  /** `YYYY-MM-DD` */
  validFrom: string | undefined
  /** Of a contract's own rule: so many findings it still takes. */
  upTo: Bound | undefined
  nl: string
  en: string
  /** What to do about a violation, where its level and severity do not say enough. */
  mend: { readonly nl: string; readonly en: string } | undefined
}

interface Examples<T> {
  valid: readonly T[]
  invalid: readonly T[]
}

export type FieldRule = RuleBase & { level: 'field'; check: NamedCheck; examples: Examples<string | null> }
/** `check` is an expression in CEL over the columns of the record. */
export type RecordRule = RuleBase & { level: 'record'; check: string; examples: Examples<RecordExample> }
/** `uses`: of a check in SQL the columns that it reads, by stream; `rows` are those of the dataset itself. */
export type DatasetRule = RuleBase & { level: 'dataset'; check: NamedCheck; uses: Uses; examples: Examples<readonly RecordExample[]> }
export type ReferenceRule = RuleBase & {
  level: 'reference'
  check: NamedCheck
  uses: Uses
  examples: Examples<{ readonly [stream: string]: readonly RecordExample[] }>
}
export type LoadRule = RuleBase & { level: 'load'; check: NamedCheck; examples: Examples<LoadExample> }
export type Uses = { readonly [stream: string]: readonly string[] }

export type Rule = FieldRule | RecordRule | DatasetRule | ReferenceRule | LoadRule

export interface RulePack {
  name: string
  /** Path of the file, for messages. */
  file: string
  title: string
  version: string
  also: readonly string[]
  /** Basisregistratie that its rules are about. */
  registration: string | undefined
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
    registration: pack.registration,
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
    validFrom: written.validFrom,
    upTo: written.upTo,
    nl: written.nl,
    en: written.en,
    mend: written.mend,
  }
  const level = levelOf(written)
  // The form has seen that the examples are of the level.
  const examples = written.examples as never
  if (level === 'record') return { ...base, level, check: String(written.check), examples }
  const check = checkOf(written.check)
  if (level === 'dataset' || level === 'reference') return { ...base, level, check, uses: written.uses ?? {}, examples }
  return { ...base, level, check, examples }
}

function checkOf(check: z.output<typeof checkForm>): NamedCheck {
  if (typeof check === 'string') return { name: check, parameters: {} }
  const [[name, parameters]] = Object.entries(check) as [[string, unknown]]
  return { name, parameters: name === 'sql' ? { sql: parameters } : (parameters as NamedCheck['parameters']) }
}
