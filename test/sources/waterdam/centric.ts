import pg from 'pg'
import { password, tables, voorzieningen } from '../sql/source.js'

const database = 'centric'
const username = 'centric_lezer'

/**
 * The database of the application for the Wmo, in a Postgres that is there, with a login that can only read. Made once.
 *
 * @param url of a role that may make databases and roles
 * @returns variables by which the sample project finds it
 */
export async function makeCentric(url: string): Promise<{ [variable: string]: string }> {
  const own = new URL(url)
  own.pathname = `/${database}`
  await withClient(url, async (client) => {
    const { rows } = await client.query('select from pg_database where datname = $1', [database])
    if (rows.length === 0) await client.query(`create database ${database}`)
    const { rows: roles } = await client.query('select from pg_roles where rolname = $1', [username])
    await client.query(`${roles.length === 0 ? 'create' : 'alter'} role ${username} login password '${password}'`)
  })
  await withClient(own.href, async (client) => {
    const { rows } = await client.query(`select to_regclass('wmo.voorziening') is not null as made`)
    if (rows[0].made) return
    await client.query(`
      begin;
      create schema wmo;
      ${tables('timestamp')}
      ${voorzieningen(1, 600)}
      grant usage on schema wmo to ${username};
      grant select on all tables in schema wmo to ${username};
      commit;
      analyze wmo.voorziening`)
  })
  const { hostname, port } = own
  return {
    CENTRIC_URL: `postgres+plain://${hostname}:${port}/${database}`,
    GEMAAL_CENTRIC_USERNAME: username,
    GEMAAL_CENTRIC_PASSWORD: password,
  }
}

async function withClient(connectionString: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
