import pg from 'pg'
import { openDatabase } from '../../support/database.js'
import { password, type SqlSource, tables } from './source.js'

/** On the Postgres that all tests share, in a database of its own. */
export async function startPostgresSource(): Promise<SqlSource> {
  const database = await openDatabase()
  const owner = new pg.Client({ connectionString: database.url })
  await owner.connect()
  const { hostname, port, pathname } = new URL(database.url)
  const username = `lezer_${pathname.slice(1)}`
  const execute = async (statements: string) => {
    const result = (await owner.query(statements)) as pg.QueryResult | pg.QueryResult[]
    return (Array.isArray(result) ? result.at(-1)! : result).rows
  }
  await execute(`
    create schema wmo;
    ${tables('timestamp')}
    comment on table wmo.voorziening is 'Toegekende voorzieningen';
    comment on column wmo.voorziening.datum_besluit is 'Dag van het besluit';
    create role ${username} login password '${password}';
    grant usage on schema wmo to ${username};
    grant select on all tables in schema wmo to ${username};
    alter default privileges in schema wmo grant select on tables to ${username};
    analyze;
  `)
  return {
    server: 'postgres',
    baseUrl: `postgres+plain://${hostname}:${port}${pathname}`,
    credentials: { username, password },
    execute,
    port: Number(port),
    async stop() {
      await execute(`drop owned by ${username}; drop role ${username}`)
      await owner.end()
      await database.close()
    },
  }
}
