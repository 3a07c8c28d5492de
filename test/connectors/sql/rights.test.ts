import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareProposals, entryOf } from '../../../cli/discovery.js'
import connector from '../../../connectors/sql/connector.js'
import { compareScopes } from '../../../sql/scopes.js'
import { type SqlSource, voorzieningen } from '../../sources/sql/source.js'
import { optionsFor } from '../fixtures/sql.js'
import { openSource } from '../reading.js'
import { onEachServer } from './servers.js'
import { stated } from './stated.js'

onEachServer((start, name) => {
  const isPostgres = name === 'PostgreSQL'
  let source: SqlSource
  let reader: string
  beforeAll(async () => {
    source = await start()
    reader = isPostgres ? source.credentials.username : `'lezer'@'127.0.0.1'`
    await source.execute(voorzieningen(1, 10))
  })
  afterAll(() => source?.stop())

  /** @param streams what the source file states; left out: the streams of `stated.ts` */
  async function asking<T>(ask: (context: Parameters<typeof connector.scope>[0]) => Promise<T>, streams = stated): Promise<T> {
    const open = openSource(connector, optionsFor(source, streams))
    try {
      return await ask(open.context(Object.keys(streams)[0]!))
    } finally {
      open.close()
    }
  }
  const observed = async () =>
    (await asking(connector.inspect)).map(({ message, mend }) => (mend === undefined ? message : `${message} (!)`))

  test('discover proposes each table and view with its columns, types, comments and key, and no kinds', async () => {
    const bytes = isPostgres ? 'bytea' : 'blob'
    await source.execute(`create table wmo."Foto" (id integer primary key, beeld ${bytes})`.replaceAll('"', isPostgres ? '"' : '`'))
    const proposals = await asking((context) => connector.discover(context), { gezien: stated.toegekend! })
    expect(Object.keys(proposals).sort()).toEqual(['foto', 'gezien', 'regel', 'voorziening'])
    expect(proposals.voorziening!.description).toMatch(/^table, about \d+ rows, Toegekende voorzieningen$/)
    expect(entryOf(proposals.voorziening!)).toEqual({
      table: 'wmo.voorziening',
      key: 'voorziening_id',
      record: {
        voorziening_id: { type: 'integer' },
        bsn: { type: 'text' },
        soort: { type: 'text' },
        bedrag: { type: 'decimal' },
        datum_besluit: { type: 'date', description: 'Dag van het besluit' },
        mutatie: { type: 'datetime' },
      },
    })
    expect(entryOf(proposals.regel!).key).toEqual(['gemeente', 'nummer'])
    expect(proposals.gezien!).toMatchObject({ key: [], description: expect.stringMatching(/^view/) })
    expect(entryOf(proposals.foto!)).toEqual({ table: 'wmo.Foto', key: 'id', record: { id: { type: 'integer' } } })
  })

  test('what is stated comes under its own name, and a column that came or went is a difference', async () => {
    await source.execute('alter table wmo.regel add nieuw integer, drop omschrijving')
    const { fresh, differ } = compareProposals(await asking((context) => connector.discover(context)), stated)
    expect(fresh).toEqual(['foto'])
    expect(differ).toContainEqual({ stream: 'regels', added: ['nieuw'], gone: ['omschrijving'] })
    await source.execute('alter table wmo.regel drop nieuw, add omschrijving varchar(100)')
  })

  test('a role that the login loses is a narrower right, since views can show each role other rows', async () => {
    const role = isPostgres ? `${reader}_rol` : 'rol'
    await source.execute(`create role ${role}; grant ${role} to ${reader}`)
    const before = await asking(connector.scope)
    expect(before).toEqual({ 'rows of the tables': 0, [`role ${role}`]: 1 })
    await source.execute(`drop role ${role}`)
    expect(compareScopes(before, await asking(connector.scope))).toEqual({ narrower: [`role ${role}`], wider: [] })
  })

  test('a stream that is added to the source file is no wider right', async () => {
    const before = await asking(connector.scope, { voorzieningen: stated.voorzieningen! })
    expect(compareScopes(before, await asking(connector.scope))).toEqual({ narrower: [], wider: [] })
  })

  if (isPostgres) {
    test('row-level security that leaves out rows is a narrower right', async () => {
      const before = await asking(connector.scope)
      await source.execute(`alter table wmo.regel enable row level security; create policy een on wmo.regel using (nummer = 1)`)
      expect(compareScopes(before, await asking(connector.scope))).toEqual({ narrower: ['rows of the tables'], wider: [] })
      expect(await observed()).toContain("'regels': row-level security leaves out rows of wmo.regel for our login (!)")
      await source.execute('drop policy een on wmo.regel; alter table wmo.regel disable row level security')
    })
  }

  test('doctor is told the version, what the login can change, and what makes a reading slow', async () => {
    expect(await observed()).toEqual([
      expect.stringMatching(isPostgres ? /^it is PostgreSQL \d/ : /^it is MariaDB 1\d/),
      'the login can change nothing there',
      "'voorzieningen': the cursor mutatie has an index",
      "'voorzieningen': rows whose mutatie is empty are read by every reading of changes",
      "'toegekend': nothing at wmo.toegekend says that its key (voorziening_id) is unique, and it is sorted anew for each 2000 rows (!)",
    ])
    await source.execute(
      `drop index voorziening_mutatie ${isPostgres ? '' : 'on wmo.voorziening'}; grant insert on wmo.voorziening to ${reader}`.replace(
        'index voor',
        isPostgres ? 'index wmo.voor' : 'index voor',
      ),
    )
    expect(await observed()).toEqual(
      expect.arrayContaining([
        'the login can change wmo.voorziening (!)',
        "'voorzieningen': the cursor mutatie has no index, so that each reading of changes goes through all of wmo.voorziening (!)",
      ]),
    )
  })
})
