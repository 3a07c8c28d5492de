/** A migrated warehouse for a test file, and plans to fill it with. */
import { sql } from 'kysely'
import type { Condition, DatasetPlan, PlannedColumn } from '../../config/dataset-plan.js'
import { type Database, migrate, openDatabase as openPool } from '../../sql/database.js'
import { openDatabase } from '../support/database.js'

export interface Warehouse {
  db: Database
  url: string
  /** Runs SQL as it is and gives the rows back. */
  query<T = Record<string, unknown>>(text: string): Promise<T[]>
  close(): Promise<void>
}

export async function openWarehouse(): Promise<Warehouse> {
  const fresh = await openDatabase()
  const opened = openPool(fresh.url)
  await migrate(opened.db)
  return {
    db: opened.db,
    url: fresh.url,
    query: async <T>(text: string) => (await sql.raw<T>(text).execute(opened.db)).rows,
    close: async () => {
      await opened.close()
      await fresh.close()
    },
  }
}

export function column(name: string, more: Partial<PlannedColumn> = {}): PlannedColumn {
  return {
    name,
    type: 'text',
    field: 0,
    kind: 'none',
    treatment: 'keep',
    description: `Wat ${name} zegt`,
    key: false,
    volatile: false,
    ...more,
  }
}

export const uuid = column('uuid', { type: 'uuid', key: true })
export const bsn = column('bsn', { kind: 'bsn', treatment: 'keep' })

/** A plan of `zaken.rollen`; `fingerprint` follows from what lands unless it is given. */
export function plan(more: Partial<DatasetPlan> = {}): DatasetPlan {
  const { name = 'zaken.rollen' } = more
  const [schema = '', table = ''] = name.split('.')
  const made: DatasetPlan = {
    name,
    schema,
    table,
    title: 'Rollen',
    description: 'Wie bij een zaak betrokken is.',
    owner: 'team Data',
    version: '1.0.0',
    source: 'open-zaak',
    stream: 'rollen',
    sourceInKey: false,
    activity: 'sturing',
    domain: 'sturing',
    columns: [uuid, bsn, column('omschrijving')],
    children: [],
    where: [],
    rules: [],
    setRules: [],
    referenceRules: [],
    loadRules: [],
    indexes: [],
    history: false,
    freshWithin: 86_400,
    retention: undefined,
    refused: 'keep',
    holds: { deleted: { share: 0.1, atLeast: 5, max: 1000 }, quarantined: undefined, scope: 'any' },
    access: 'activity',
    personal: true,
    left: [],
    fingerprint: '',
    ...more,
  }
  const lands = JSON.stringify([made.columns, made.children, made.where])
  return { ...made, fingerprint: more.fingerprint ?? String(lands.length) + lands.slice(-100) }
}

/** A dataset without anything personal, for every reader. */
export function openPlan(more: Partial<DatasetPlan> = {}): DatasetPlan {
  return plan({
    columns: [uuid, column('omschrijving')],
    personal: false,
    access: 'everyone',
    activity: undefined,
    domain: undefined,
    ...more,
  })
}

export function isNull(name: string, field = 0): Condition {
  return { field, column: name, test: 'null' }
}
