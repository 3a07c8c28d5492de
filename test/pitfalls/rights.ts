/** The sample municipality read by a token whose rights change, with a worker and decisions of a person. */
import { afterEach, beforeEach, expect } from 'vitest'
import { type Decided, type Decision, decideHold } from '../../sql/hold-decisions.js'
import { type Hold, listHolds } from '../../sql/holds.js'
import type { RunSummary } from '../../sql/run-views.js'
import type { ReleaseInput } from '../../workflows/messages.js'
import type { Grants, Secrecy } from '../sources/zgw/grants.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'

export let waterdam: Waterdam
export let running: Running
/** Identifications of the zaaktypen of which there are zaken, the one with most zaken first. */
export let zaaktypen: string[]

/** A fresh one for each test of a file, whose token has been granted every zaaktype by name. */
export function useRights(): void {
  beforeEach(async () => {
    waterdam = await openWaterdam({ zaken: 150, broken: 0 })
    running = await openRunning(waterdam)
    await running.worker()
    zaaktypen = byCount()
    waterdam.zgw.grant(grants(zaaktypen))
    expect((await read()).status).toBe('synced')
  })
  afterEach(async () => {
    await running.close()
    await waterdam.close()
  })
}

export const grants = (of: readonly string[], atMost: Secrecy = 'zeer_geheim'): Grants => of.map((zaaktype) => ({ zaaktype, atMost }))
export const read = (reading: 'full' | 'changes' = 'full'): Promise<RunSummary> => running.run({ streams: ['zaken'], reading })
export const holds = () => listHolds(waterdam.warehouse.db)
export const holdOf = async (dataset: string): Promise<Hold> => (await holds()).find((h) => h.dataset === dataset)!

function byCount(): string[] {
  const { zaken, zaaktypen: types } = waterdam.zgw.snapshot()
  const identification = new Map(types.map((t) => [t.url, t.identificatie as string]))
  const counts = new Map<string, number>()
  for (const { zaaktype } of zaken) {
    const name = identification.get(zaaktype)!
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name)
}

/** Zaken by whether the token may see them now. */
export async function standing() {
  const visible = new Set(waterdam.zgw.snapshot().zaken.map((z) => z.uuid as string))
  const rows = await waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken')
  return {
    seen: rows.filter((r) => visible.has(r.uuid)).length,
    unseen: rows
      .filter((r) => !visible.has(r.uuid))
      .map((r) => r.uuid)
      .sort(),
    visible: visible.size,
  }
}

/** As `gemaal holds` does it. */
export async function decide(hold: Hold, decision: Decision): Promise<Decided> {
  const taken = await decideHold(waterdam.warehouse.db, hold.id, decision, 'fg@waterdam.example', 'besproken')
  if (decision === 'accept')
    for (const { id, source, stream, why } of taken!.decided) {
      const input: ReleaseInput = { hold: id, source, stream, forbiddenLeaves: why === 'scope narrower', askedBy: 'test' }
      await running.client.workflow.execute('publish', { workflowId: `publish:${id}`, taskQueue: running.taskQueue, args: [input] })
    }
  return taken!
}
