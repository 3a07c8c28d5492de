/** pygeoapi, the reference implementation of OGC API Features in Python, in an environment of its own that is kept for the tests that follow. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../cli/embedded/folder-state.js'
import { exists } from '../../support/debian.js'
import { until } from '../../support/until.js'
import { areaOf, buurten } from '../waterdam-buurten.js'

const run = promisify(execFile)
const version = '0.21.0'
/** Slower than this it is left out: the other tests do not wait for it. */
const longestInstallMs = 100_000

/** The Python that has it; or in words why there is none. */
export async function findPygeoapi(): Promise<{ python: string } | string> {
  const kept = join(tmpdir(), `gemaal-test-pygeoapi-${version}`)
  const python = join(kept, 'bin', 'python')
  if (await exists(python)) return { python }
  const draft = await mkdtemp(`${kept}-`)
  try {
    const limit = { timeout: longestInstallMs }
    await run('python3', ['-m', 'venv', draft], limit)
    await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `pygeoapi==${version}`], limit)
    // Another test may have put it there at this moment.
    await rename(draft, kept).catch(() => {})
    return { python }
  } catch (error) {
    return `it cannot be installed here: ${(error as Error).message.split('\n')[0]}`
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

export interface Pygeoapi {
  url: string
  stop(): Promise<void>
}

/** Starts it with collection `buurten`, in pages of two features. */
export async function startPygeoapi({ python }: { python: string }): Promise<Pygeoapi> {
  const folder = await mkdtemp(join(tmpdir(), 'gemaal-pygeoapi-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const data = join(folder, 'buurten.geojson')
  const config = join(folder, 'config.json')
  const openapi = join(folder, 'openapi.json')
  await writeFile(data, JSON.stringify({ type: 'FeatureCollection', features: features() }))
  await writeFile(config, JSON.stringify(configuration(port, url, data)))
  const env = { ...process.env, PYGEOAPI_CONFIG: config, PYGEOAPI_OPENAPI: openapi }
  const generate = ['openapi', 'generate', config, '--format', 'json', '--output-file', openapi]
  await run(python, ['-c', 'from pygeoapi import cli; cli()', ...generate], { env })
  const server = spawn(python, ['-c', `from pygeoapi.flask_app import APP; APP.run('127.0.0.1', ${port})`], { env, stdio: 'ignore' })
  await until(
    () =>
      fetch(`${url}/collections`).then(
        (answer) => answer.ok,
        () => false,
      ),
    'pygeoapi answers',
  )
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function features(): unknown[] {
  return buurten.map((buurt, at) => ({
    type: 'Feature',
    id: at + 1,
    properties: {
      fid: at + 1,
      buurtcode: buurt.buurtcode,
      buurtnaam: buurt.buurtnaam,
      gemeentecode: buurt.gemeentecode,
      aantal_inwoners: buurt.aantalInwoners,
    },
    geometry: areaOf(buurt, 'wgs84'),
  }))
}

function configuration(port: number, url: string, data: string): unknown {
  const crs84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'
  return {
    server: {
      bind: { host: '127.0.0.1', port },
      url,
      mimetype: 'application/json; charset=UTF-8',
      encoding: 'utf-8',
      languages: ['nl-NL'],
      limits: { default_items: 2, max_items: 2 },
      map: { url: 'https://kaart.example/{z}/{x}/{y}.png', attribution: '' },
    },
    logging: { level: 'ERROR' },
    metadata: {
      identification: { title: 'Geodata', description: 'Geodata', keywords: ['geo'], keywords_type: 'theme', terms_of_service: '', url },
      license: { name: 'CC0', url },
      provider: { name: 'Waterdam', url },
      contact: { name: 'Waterdam', email: 'geo@waterdam.example' },
    },
    resources: {
      buurten: {
        type: 'collection',
        title: 'Buurten',
        description: 'Buurten van Waterdam',
        keywords: ['buurten'],
        extents: { spatial: { bbox: [4.99, 52.27, 5.15, 52.33], crs: crs84 } },
        providers: [
          {
            type: 'feature',
            name: 'GeoJSON',
            data,
            id_field: 'fid',
            crs: [crs84, 'http://www.opengis.net/def/crs/EPSG/0/28992'],
            storage_crs: crs84,
          },
        ],
      },
    },
  }
}
