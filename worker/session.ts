/**
 * What the stops of one stream work with: its plan, its connector's stream, a client of its source and the warehouse. Opened by digest, so
 * that two workers with different files on disk never disagree.
 */
import type { DatasetPlan, StreamPlan } from '../config/dataset-plan.js'
import type { Connector, Context, Key, Known, PushedCondition } from '../connectors/connector.js'
import type { OpenStream } from '../connectors/stream.js'
import type { Warehouse } from '../sql/database.js'
import type { BuurtOf, Pseudonymise } from './pipeline/shield.js'

export interface StreamSession {
  warehouse: Warehouse
  plan: StreamPlan
  stream: OpenStream
  connector: Connector
  /** Name and version, kept with each refused record. */
  connectorVersion: string
  /** One a dataset, in the order of `plan.datasets`. */
  pseudonymise: readonly (Pseudonymise | undefined)[]
  /** Gives the buurt of a place; undefined where no column lands as one. */
  buurtOf: BuurtOf | undefined
  /** Datasets of the parent stream of this source, where the stream has a parent. */
  parents: readonly DatasetPlan[]
  known: Known
  /** What a connector's function is called with. */
  context(signal: AbortSignal): Context
  fields: ReadonlySet<string>
  /** Conditions that the source filters on. */
  pushed: readonly PushedCondition[]
}

/** The same session for some of the datasets of its stream, as if no other took from it. */
export function ofDatasets(session: StreamSession, names: ReadonlySet<string>): StreamSession {
  const { plan, pseudonymise } = session
  if (plan.datasets.every((d) => names.has(d.name))) return session
  return {
    ...session,
    plan: { ...plan, datasets: plan.datasets.filter((d) => names.has(d.name)) },
    pseudonymise: pseudonymise.filter((_, i) => names.has(plan.datasets[i]!.name)),
  }
}

/** The key fields by name from a key as it lands: `['…']` → `{ uuid: '…' }`. */
export function keyOfLanded(plan: StreamPlan, landed: readonly string[]): Key {
  return Object.fromEntries(plan.key.map((at, i) => [plan.fields[at]!.path[0]!, landed[i]!]))
}

/** The other way round. */
export function landedOfKey(plan: StreamPlan, key: Key): string[] {
  return plan.key.map((at) => key[plan.fields[at]!.path[0]!]!)
}

/** The column of a dataset that says as the source spells it which parent a row belongs to; undefined where none lands so. */
export function parentColumnOf(session: Pick<StreamSession, 'plan' | 'stream'>, plan: DatasetPlan): string | undefined {
  const { parent } = session.stream.definition
  if (!parent) return undefined
  return plan.columns.find((c) => session.plan.fields[c.field]!.path[0] === parent.field && c.treatment === 'keep')?.name
}
