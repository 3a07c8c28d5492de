/**
 * All sources of the sample municipality as one program, for the demo: `node dist/test/sources/waterdam/main.js --state <folder> --zaken 5000`.
 *
 * Writes one line of JSON to stdout when all of them listen: the variables by which the sample project finds them. Stops on SIGTERM and SIGINT.
 * With a state folder it shows the same municipality each time.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCbs } from '../cbs/server.js'
import { startFeatures } from '../ogc-features/server.js'
import { startTopdesk, credentials as topdeskCredentials } from '../topdesk/server.js'
import { startKept } from '../zgw/kept.js'
import { makeCentric } from './centric.js'
import { deliverSubsidies } from './subsidies.js'

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    zaken: { type: 'string' },
    /** A Postgres in which a database of another application can be made; left out: there is none. */
    postgres: { type: 'string' },
  },
})
if (values.state === undefined) throw new Error('--state takes a folder')

const zgw = await startKept({ state: join(values.state, 'zgw'), zaken: values.zaken === undefined ? undefined : Number(values.zaken) })
const cbs = await startCbs()
const gebieden = await startFeatures()
const topdesk = await startTopdesk({ incidents: 400 })
const subsidies = await deliverSubsidies(join(values.state, 'subsidies'))
const centric = values.postgres === undefined ? {} : await makeCentric(values.postgres)

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void Promise.all([zgw.stop(), cbs.stop(), gebieden.stop(), topdesk.close()]).then(() => process.exit(0)))
process.stdout.write(
  `${JSON.stringify({
    OPEN_ZAAK_URL: zgw.url,
    GEMAAL_OPEN_ZAAK_CLIENT_ID: zgw.clientId,
    GEMAAL_OPEN_ZAAK_SECRET: zgw.secret,
    CBS_URL: cbs.url,
    GEBIEDEN_URL: gebieden.url,
    TOPDESK_URL: topdesk.url,
    GEMAAL_TOPDESK_USERNAME: topdeskCredentials.username,
    GEMAAL_TOPDESK_PASSWORD: topdeskCredentials.password,
    SUBSIDIES: subsidies,
    ...centric,
  })}\n`,
)
