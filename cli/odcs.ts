/**
 * A dataset as a contract of the Open Data Contract Standard, for catalogues and tools that know that form. It says what lands, not how the
 * project asks for it; nothing reads it back.
 *
 * @see ODCS 3.1.0, https://bitol-io.github.io/open-data-contract-standard/v3.1.0/
 */
import type { Activity } from '../config/activity.js'
import type { DatasetPlan, PlannedColumn, ShapedField } from '../config/dataset-plan.js'
import { isPersonal, isSpecial, type Kind, type Treatment } from '../config/kinds.js'
import type { Project } from '../config/project.js'
import { type DatasetTable, tablesOf } from '../sql/dataset-tables.js'
import { type RoleNames, readersOf } from '../sql/roles.js'
import { type Quality, qualityOf } from './odcs-quality.js'
import { datasetsOf, type PlannedDataset, type ProjectHere } from './project-here.js'

/** Where the warehouse is, without who asks and with what. */
export interface OdcsServer {
  host: string
  port: number
  database: string
}

export interface OdcsInput {
  here: Pick<ProjectHere, 'project' | 'plan'>
  dataset: PlannedDataset
  /** The dataset stands in the warehouse. */
  stands: boolean
  server: OdcsServer | undefined
  roles: RoleNames | undefined
}

export type OdcsContract = { [key: string]: unknown }

/** File in which a contract is written; `.odcs.yaml` is what editors know the form by. */
export const odcsFile = (dataset: string): string => `${dataset}.odcs.yaml`

export function odcsOf(input: OdcsInput): OdcsContract {
  const { here, dataset, stands, server, roles } = input
  const { plan, from } = dataset
  const { organisation, contact } = here.project.gemaal
  const activity = plan.activity === undefined ? undefined : here.project.activities.get(plan.activity)
  return {
    version: plan.version,
    kind: 'DataContract',
    apiVersion: 'v3.1.0',
    // The name of a dataset is its own within a municipality, whose CBS code makes it unique outside.
    id: `GM${organisation.code}.${plan.name}`,
    name: plan.title,
    tenant: organisation.name,
    status: stands ? 'active' : 'proposed',
    domain: plan.schema,
    description: descriptionOf(plan, activity, from),
    tags: [...new Set([...from.map((stream) => stream.split('/')[0]!), ...(plan.personal ? ['persoonsgegevens'] : [])])],
    ...(server && { servers: [{ server: server.database, type: 'postgresql', ...server, schema: plan.schema }] }),
    schema: schemaOf(input),
    support: supportOf(plan, contact),
    team: { name: plan.owner },
    ...(roles && { roles: rolesOf(plan, roles) }),
    slaProperties: serviceLevels(plan),
    customProperties: customProperties({ contract: here.project.datasets.get(plan.name)?.file, ...activityFacts(plan, activity) }),
  }
}

function descriptionOf(plan: DatasetPlan, activity: Activity | undefined, from: readonly string[]) {
  const limits = [
    ...(plan.where.length > 0 ? [`Holds only records that meet the conditions of the contract on ${columnsOf(plan.where)}.`] : []),
    ...(plan.left.length > 0 ? [`Left out are ${plan.left.length} fields that the contract or its activity does not let land.`] : []),
    ...(activity ? [`May be used for this purpose until ${activity.until}; another purpose is another dataset.`] : []),
  ]
  return {
    purpose: activity?.purpose ?? plan.description,
    usage: `${plan.description} Read from ${from.join(', ')}; \`_findings\` of a row names the rules that it broke.`,
    ...(limits.length > 0 && { limitations: limits.join(' ') }),
  }
}

const columnsOf = (parts: readonly { column: string }[]): string => [...new Set(parts.map((part) => part.column))].join(', ')

// -------------------------------------------------------------------------------------------------------------------------- schema

function schemaOf(input: OdcsInput) {
  const { here, dataset } = input
  const { plan } = dataset
  const quality = qualityOf(here.project, plan)
  return tablesOf(plan)
    .filter((table) => table.role === 'present' || table.role === 'child')
    .map((table) => ({
      id: table.name,
      name: table.name,
      logicalType: 'object',
      physicalName: `${table.schema}.${table.name}`,
      physicalType: 'table',
      ...(table.role === 'present' && { businessName: plan.title }),
      description: table.role === 'present' ? plan.description : table.comment.split('\n')[0]!,
      dataGranularityDescription: `One row a ${table.key.join(', ')}; rows that are gone at the source are not in it.`,
      properties: table.columns.map((column) => ({
        id: column.name,
        name: column.name,
        ...typeOf(column.type),
        ...(column.comment && { description: column.comment }),
        ...(column.required && { required: true }),
        ...keyPosition(table, column.name),
        ...aboutColumn(input, table, column.name, quality),
      })),
      ...(table.role === 'present' && quality.ofTable.length > 0 && { quality: quality.ofTable }),
    }))
}

function keyPosition(table: DatasetTable, column: string) {
  const at = table.key.indexOf(column)
  return at < 0 ? {} : { primaryKey: true, primaryKeyPosition: at + 1, ...(table.key.length === 1 && { unique: true }) }
}

/** What only a column of the source has: where it comes from, what it says of a person, what it refers to, its rules. */
function aboutColumn({ here, dataset }: OdcsInput, table: DatasetTable, name: string, quality: Quality) {
  const { plan, from } = dataset
  const { streams } = here.plan
  const fields: readonly ShapedField[] = streams.get(from[0]!)?.plan.fields ?? []
  if (table.role === 'child') {
    const child = plan.children.find((c) => c.table === table.name)!
    const column = child.columns.find((c) => c.name === name)
    if (!column) return {}
    return { ...classed(column.kind), ...origin(from, [...fields[child.field]!.path, ...column.path], column.treatment, plan) }
  }
  const column = plan.columns.find((c) => c.name === name)
  if (!column) return {}
  const rules = quality.ofColumn.get(name) ?? []
  return {
    ...classed(strongest(column)),
    ...origin(from, fields[column.field]!.path, column.treatment, plan),
    ...relationship(here, plan, column),
    ...(rules.length > 0 && { quality: rules }),
  }
}

function origin(from: readonly string[], path: readonly string[], treatment: Treatment, plan: DatasetPlan) {
  const words = treatmentWords[treatment]
  return {
    transformSourceObjects: [...from],
    transformLogic: path.join('.'),
    ...(words !== undefined && { transformDescription: words(plan.domain ?? '') }),
  }
}

const treatmentWords: { readonly [treatment in Treatment]: ((domain: string) => string) | undefined } = {
  drop: undefined,
  keep: undefined,
  pseudonymise: (domain) => `Pseudonym: HMAC-SHA-256 of the value under the key of domain ${domain}.`,
  year: () => 'Only the year of the date.',
  month: () => 'Only year and month of the date.',
  pc4: () => 'Only the four digits of the postcode.',
  buurt: () => 'Only the CBS-buurt in which the place lies.',
}

/** The dataset to which a reference points, in the file that this same export gives it: one that takes its whole stream. */
function relationship(here: OdcsInput['here'], plan: DatasetPlan, column: PlannedColumn) {
  if (column.reference === undefined || column.treatment !== 'keep' || column.type !== 'uuid') return {}
  const from = `${plan.source}/${column.reference}`
  const target = datasetsOf(here.plan).find((d) => d.from.length === 1 && d.from[0] === from && d.plan.where.length === 0)
  const key = target?.plan.columns.filter((c) => c.key) ?? []
  if (!target || key.length !== 1) return {}
  const { name, table } = target.plan
  const file = name === plan.name ? '/' : `${odcsFile(name)}#/`
  return { relationships: [{ type: 'foreignKey', to: `${file}schema/${table}/properties/${key[0]!.name}` }] }
}

const logicalTypes: { readonly [type: string]: object } = {
  text: { logicalType: 'string' },
  bigint: { logicalType: 'integer' },
  integer: { logicalType: 'integer' },
  numeric: { logicalType: 'number' },
  boolean: { logicalType: 'boolean' },
  date: { logicalType: 'date' },
  timestamptz: { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } },
  uuid: { logicalType: 'string', logicalTypeOptions: { format: 'uuid' } },
  jsonb: { logicalType: 'object' },
}

function typeOf(physicalType: string): object {
  const element = physicalType.endsWith('[]') ? physicalType.slice(0, -2) : undefined
  if (element !== undefined) return { logicalType: 'array', physicalType, items: { ...logicalTypes[element], physicalType: element } }
  return { ...logicalTypes[physicalType], physicalType }
}

// --------------------------------------------------------------------------------------------------------------------- persons

function classed(kind: Kind): object {
  return { classification: classOf(kind), ...(kind !== 'none' && { tags: [kind] }) }
}

/** The class of AVG and UAVG that follows from a kind. */
export function classOf(kind: Kind): string {
  if (!isPersonal(kind)) return 'geen persoonsgegeven'
  if (kind === 'bsn') return 'nationaal identificatienummer (UAVG art. 46)'
  if (kind === 'strafrecht') return 'strafrechtelijk (AVG art. 10)'
  if (isSpecial(kind)) return 'bijzonder (AVG art. 9)'
  return sensitive.includes(kind) ? 'gevoelig persoonsgegeven' : 'persoonsgegeven'
}

// Money, place, ways to reach someone, and texts in which anything may stand.
const sensitive: readonly Kind[] = ['rekening', 'locatie', 'contact', 'vrije_tekst']

/** Of a column with nested values the kind that weighs most. */
function strongest({ kind, inside = [] }: PlannedColumn): Kind {
  const weight = (k: Kind) => [isPersonal(k), sensitive.includes(k), k === 'bsn', isSpecial(k)].lastIndexOf(true)
  return [kind, ...inside.filter((i) => i.treatment !== 'drop').map((i) => i.kind)].sort((a, b) => weight(b) - weight(a))[0]!
}

function activityFacts(plan: DatasetPlan, activity: Activity | undefined) {
  if (!activity) return {}
  return {
    processingActivity: activity.name,
    processingActivityRegister: activity.register,
    legalBasis: activity.basis,
    law: activity.law,
    dataSubjects: activity.subjects.length > 0 ? activity.subjects.join(', ') : undefined,
    purposeUntil: activity.until,
    pseudonymDomain: plan.columns.some((c) => c.treatment === 'pseudonymise') ? plan.domain : undefined,
  }
}

function customProperties(facts: { [property: string]: string | undefined }): { property: string; value: string }[] {
  return Object.entries(facts).flatMap(([property, value]) => (value === undefined ? [] : [{ property, value }]))
}

// -------------------------------------------------------------------------------------------------------------------- agreements

function supportOf(plan: DatasetPlan, contact: Project['gemaal']['contact']): object[] {
  const channel = (address: string, description: string) => ({
    channel: address,
    url: `mailto:${address}`,
    description,
    tool: 'email',
    scope: 'interactive',
  })
  return [
    channel(contact.data, 'Mends the data.'),
    ...(plan.personal ? [channel(contact.fg, 'Privacy officer (FG): what the data may be used for.')] : []),
  ]
}

function rolesOf(plan: DatasetPlan, roles: RoleNames): object[] {
  const description = plan.access === 'everyone' ? 'Every reader of the warehouse.' : `The readers of activity ${plan.activity}.`
  return readersOf(plan, roles).map((role) => ({ role, access: 'select', description }))
}

function serviceLevels(plan: DatasetPlan): object[] {
  return [
    {
      property: 'latency',
      ...periodOf(plan.freshWithin),
      description: `As of when the dataset is stands in meta.datasets (as_of); older than this it is late.`,
    },
    ...retentionOf(plan),
  ]
}

/** Seconds in the largest unit that leaves no rest. */
function periodOf(seconds: number): { value: number; unit: string } {
  if (seconds % 86_400 === 0) return { value: seconds / 86_400, unit: 'd' }
  return seconds % 3600 === 0 ? { value: seconds / 3600, unit: 'h' } : { value: Math.round(seconds / 60), unit: 'm' }
}

function retentionOf({ retention, table }: DatasetPlan): object[] {
  if (!retention) return []
  if ('follow' in retention) {
    const element = `${table}.${retention.follow}`
    return [
      { property: 'retention', value: retention.follow, element, driver: 'regulatory', description: 'Kept until the day in this column.' },
    ]
  }
  const [amount = '', unit = ''] = retention.keep.split(' ')
  const units: { readonly [unit: string]: string } = { day: 'd', week: 'w', month: 'mo', year: 'y' }
  return [
    {
      property: 'retention',
      value: Number(amount),
      unit: units[unit.replace(/s$/, '')] ?? unit,
      element: `${table}.${retention.after}`,
      driver: 'regulatory',
      description: 'Kept so long after the day in this column.',
    },
  ]
}
