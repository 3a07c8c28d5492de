/** A small part of the sample municipality, so that a run takes a second: zaaktypen, zaken and rollen. */
import { loadProject } from '../../config/load.js'
import type { ZgwOptions } from '../sources/zgw/server.js'
import type { Files } from '../support/project.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, sampleFolder, type Waterdam } from '../support/waterdam.js'
import { type Gemaal, gemaalFor } from './gemaal.js'

export interface Small {
  waterdam: Waterdam
  running: Running
  gemaal: Gemaal
  close(): Promise<void>
}

const kept = ['datasets/catalogi/zaaktypen.yaml', 'datasets/zaken/zaken.yaml', 'datasets/zaken/rollen.yaml']

/** @param files changes to the small project before it is applied */
export async function openSmall(options: ZgwOptions = {}, files: Files = {}): Promise<Small> {
  const { project } = await loadProject(sampleFolder)
  const left = Object.keys(project.files).filter((path) => /^(datasets|marts)\//.test(path) && !kept.includes(path))
  const waterdam = await openWaterdam({ zaken: 60, ...options }, { ...Object.fromEntries(left.map((path) => [path, undefined])), ...files })
  const running = await openRunning(waterdam)
  const gemaal = gemaalFor(waterdam, running)
  await gemaal.applySchedules()
  return {
    waterdam,
    running,
    gemaal,
    async close() {
      await running.close()
      await waterdam.close()
    },
  }
}
