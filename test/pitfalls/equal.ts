/** What a right copy of the sample municipality's zaken is, and whether the warehouse is one. */
import { expect } from 'vitest'
import type { TestProject } from '../support/project.js'
import type { Waterdam } from '../support/waterdam.js'

/** The zaken as the source shows them now and as they stand, in the columns that tell versions apart. Refused ones by uuid alone. */
export async function zakenHereAndThere({ zgw, rows }: Waterdam): Promise<{ here: string[]; there: string[] }> {
  const refused = new Set(await quarantinedKeys({ rows }, 'zaken.zaken'))
  const there = zgw.snapshot().zaken.map((zaak) => {
    const uuid = String(zaak.uuid)
    if (refused.has(uuid)) return `${uuid} refused`
    const moment = new Date(String(zaak.laatstGemuteerd)).toISOString()
    return [
      uuid,
      zaak.identificatie,
      zaak.registratiedatum,
      zaak.startdatum,
      zaak.einddatum,
      zaak.vertrouwelijkheidaanduiding,
      moment,
    ].join(' ')
  })
  const standing = await rows<{ text: string; uuid: string }>(
    `select uuid, concat_ws(' ', uuid, identificatie, registratiedatum, startdatum, coalesce(einddatum::text, ''), vertrouwelijkheidaanduiding,
       to_char(date_trunc('milliseconds', laatst_gemuteerd) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as text from zaken.zaken`,
  )
  const here = [
    ...standing.filter(({ uuid }) => !refused.has(uuid)).map(({ text }) => text),
    ...[...refused].map((uuid) => `${uuid} refused`),
  ]
  return { here: here.sort(), there: there.sort() }
}

/** The dataset `zaken.zaken` with its quarantine is what the source shows. */
export async function expectZakenEqual(waterdam: Waterdam): Promise<void> {
  const { here, there } = await zakenHereAndThere(waterdam)
  expect(here).toEqual(there)
}

/** Keys of the open quarantine entries of a dataset. */
export async function quarantinedKeys({ rows }: Pick<TestProject, 'rows'>, dataset: string): Promise<string[]> {
  const entries = await rows<{ key: string[] }>(
    `select key from gemaal.quarantine where dataset = $1 and closed_at is null and key is not null`,
    [dataset],
  )
  return entries.map(({ key }) => key.join('|'))
}

/** Uuids that stand in a dataset or are in its quarantine. */
export async function uuidsHere({ rows }: Pick<TestProject, 'rows'>, dataset: string): Promise<string[]> {
  const standing = await rows<{ uuid: string }>(`select uuid from ${dataset}`)
  return [...new Set([...standing.map(({ uuid }) => uuid), ...(await quarantinedKeys({ rows }, dataset))])].sort()
}

/** Every balance of the project is closed. */
export async function expectBalanced({ rows }: Pick<TestProject, 'rows'>): Promise<void> {
  expect(await rows(`select id, dataset from gemaal.dataset_runs where status = 'published' and balanced is not true`)).toEqual([])
}

/** The datasets of a stream as before its first reading, so that what a reading does not deliver cannot stand there already. */
export async function forget({ rows }: Pick<TestProject, 'rows'>, source: string, stream: string): Promise<void> {
  const datasets = await rows<{ dataset: string }>(`select distinct dataset from gemaal.dataset_runs where source = $1 and stream = $2`, [
    source,
    stream,
  ])
  for (const { dataset } of datasets) {
    const tables = await rows<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname = split_part($1, '.', 1)
         and (tablename = split_part($1, '.', 2) or tablename ~ ('^' || split_part($1, '.', 2) || '_(deleted|history|kenmerken|delen)$'))`,
      [dataset],
    )
    await rows(`truncate ${tables.map(({ name }) => name).join(', ')}`)
    await rows('delete from gemaal.quarantine where dataset = $1', [dataset])
    await rows('delete from gemaal.checkpoints where dataset = $1', [dataset])
    await rows('delete from gemaal.absences where dataset = $1', [dataset])
  }
}
