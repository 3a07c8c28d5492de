/** The rules of a dataset as the quality checks of a contract of the Open Data Contract Standard. @see ODCS 3.1.0, Data quality */
import type { DatasetPlan, NamedCheck, PlannedSetRule, Severity, UpTo } from '../config/dataset-plan.js'
import type { Project } from '../config/project.js'
import type { Rule } from '../config/rules.js'
import { quoted } from '../sql/names.js'
import { percentOf } from '../sql/outcome.js'
import type { everyRule } from '../sql/plan-rules.js'
import { filledRuleSql } from '../sql/rule-sql.js'
import { ruleIn } from './rules-here.js'

type Check = { [key: string]: unknown }

export interface Quality {
  ofTable: Check[]
  /** By column. */
  ofColumn: ReadonlyMap<string, Check[]>
}

type Planned = ReturnType<typeof everyRule>[number]

export function qualityOf(project: Project, plan: DatasetPlan): Quality {
  const ofColumn = new Map<string, Check[]>()
  const ofTable: Check[] = []
  const about = (rule: Planned) => aboutRule(rule, ruleIn(project, rule.id, plan.name))
  for (const rule of plan.rules) {
    if (rule.level === 'record') ofTable.push({ ...about(rule), ...custom({ expression: rule.check, language: 'CEL' }) })
    else {
      for (const column of plan.columns.filter((c) => c.field === rule.field)) {
        // A rule looks at what the source gave: where something else landed, no other tool can judge it.
        const landed = column.treatment === 'keep' && !column.type.endsWith('[]')
        const check = (landed && metricOf(rule.check, rule.upTo)) || custom(written(rule.check))
        ofColumn.set(column.name, [...(ofColumn.get(column.name) ?? []), { ...about(rule), ...check }])
      }
    }
  }
  for (const rule of plan.setRules) ofTable.push({ ...about(rule), ...(setMetric(rule, plan) ?? custom(written(rule.check))) })
  for (const rule of [...plan.referenceRules, ...plan.loadRules]) ofTable.push({ ...about(rule), ...custom(written(rule.check)) })
  return { ofTable, ofColumn }
}

function aboutRule(planned: Planned, rule: Rule | undefined): Check {
  const facts: { [property: string]: string | number | undefined } = {
    onViolation: planned.severity,
    level: planned.level,
    ruleVersion: planned.version,
    descriptionEn: planned.en,
    source: rule?.source,
    validFrom: rule?.validFrom,
    upTo: planned.upTo && boundWords(planned.upTo),
  }
  return {
    id: planned.id.replaceAll('.', '-'),
    name: planned.id,
    description: planned.nl,
    dimension: dimensionOf(planned),
    severity: severities[planned.severity],
    customProperties: Object.entries(facts).flatMap(([property, value]) => (value === undefined ? [] : [{ property, value }])),
  }
}

const severities: { readonly [severity in Severity]: string } = {
  reject: 'error',
  blank: 'error',
  hold: 'error',
  fail: 'error',
  warn: 'warning',
  report: 'info',
}

function dimensionOf({ level, check }: Planned): string {
  const name = typeof check === 'string' ? '' : check.name
  if (name === 'personal-values') return 'conformity'
  if (name === 'required' || name === 'complete' || name === 'null-share-within') return 'completeness'
  if (name === 'unique' || name === 'at-most-one') return 'uniqueness'
  if (name === 'fresh-within') return 'timeliness'
  if (level === 'load') return 'coverage'
  return level === 'field' ? 'conformity' : 'consistency'
}

/** As a metric of the standard's library, where it has one that says the same. */
function metricOf({ name, parameters }: NamedCheck, upTo: UpTo | undefined): Check | undefined {
  if (name === 'required') return { type: 'library', metric: 'nullValues', ...bounds(upTo) }
  if (name === 'code-list' && Array.isArray(parameters.values))
    return { type: 'library', metric: 'invalidValues', arguments: { validValues: parameters.values }, ...bounds(upTo) }
  if (name === 'pattern')
    return { type: 'library', metric: 'invalidValues', arguments: { pattern: `^(?:${parameters.pattern})$` }, ...bounds(upTo) }
  return undefined
}

function setMetric({ check, upTo }: PlannedSetRule, plan: DatasetPlan): Check | undefined {
  const { name, parameters } = check
  if (name === 'unique') {
    // Each source is judged by itself.
    const properties = [...(plan.sourceInKey ? ['_source'] : []), ...(parameters.columns as string[])]
    return { type: 'library', metric: 'duplicateValues', arguments: { properties }, ...bounds(upTo) }
  }
  if (name !== 'sql') return undefined
  const statement = filledRuleSql(String(parameters.sql), { rows: `${quoted(plan.schema)}.${quoted(plan.table)}` })
  // On lines of its own, since the author's last line can end in a comment.
  const query = `select count(*) from (\n${statement}\n) as broken`
  return { type: 'sql', query, ...bounds(upTo) }
}

function bounds(upTo: UpTo | undefined): Check {
  if (!upTo) return { mustBe: 0, unit: 'rows' }
  return 'count' in upTo
    ? { mustBeLessOrEqualTo: upTo.count, unit: 'rows' }
    : { mustBeLessOrEqualTo: percentOf(upTo.share), unit: 'percent' }
}

function boundWords(upTo: UpTo): string {
  return 'count' in upTo ? `${upTo.count} rows` : `${percentOf(upTo.share)} %`
}

/** Judged by this product alone. */
function custom(implementation: object): Check {
  return { type: 'custom', engine: 'gemaal', implementation }
}

const written = ({ name, parameters }: NamedCheck): object =>
  Object.keys(parameters).length === 0 ? { check: name } : { check: name, parameters }
