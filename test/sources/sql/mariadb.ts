/** A real MariaDB: one that is installed, or what the packages of Debian hold, unpacked into a folder of this machine. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Connection, createConnection } from 'mysql2/promise'
import { freePort } from '../../../cli/embedded/folder-state.js'
import { exists, librariesOf, unpackedPackages } from '../../support/debian.js'
import { openFolder } from '../../support/folder.js'
import { until } from '../../support/until.js'
import { password, type SqlSource, tables } from './source.js'

/** The programs of a MariaDB. */
interface Programs {
  server: string
  /** Folder with the SQL that makes system tables, and with the texts of errors. */
  share: string
  /** Folder of libraries that the system may lack. */
  libraries: string
}

/** @returns the programs, or in words why there are none */
export async function findMariadb(): Promise<Programs | string> {
  const installed = ['/usr/sbin', '/usr/libexec', ...(process.env.PATH ?? '').split(delimiter)].map((folder) => join(folder, 'mariadbd'))
  for (const server of installed) if (await exists(server)) return { server, share: '/usr/share/mysql', libraries: '/usr/lib' }
  try {
    const unpacked = await unpackedPackages('mariadb', ['mariadb-server-core', 'liburing2', 'libaio1'])
    return { server: join(unpacked, 'usr/sbin/mariadbd'), share: join(unpacked, 'usr/share/mysql'), libraries: await librariesOf(unpacked) }
  } catch (error) {
    return `there is no mariadbd, and its packages cannot be had: ${(error as Error).message.split('\n')[0]}`
  }
}

/**
 * Starts a server with a database `wmo`.
 *
 * @param more arguments of the server
 */
export async function startMariadbSource({ server, share, libraries }: Programs, more: readonly string[] = []): Promise<SqlSource> {
  const folder = await openFolder()
  const data = join(folder.path, 'data')
  const temporary = join(folder.path, 'tmp')
  await mkdir(data)
  await mkdir(temporary)
  const port = await freePort()
  const common = [
    '--no-defaults',
    `--datadir=${data}`,
    `--lc-messages-dir=${share}`,
    // A server that starts removes what it takes for its own leftovers.
    `--tmpdir=${temporary}`,
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    '--innodb-buffer-pool-size=32M',
    '--innodb-log-file-size=8M',
    // No test takes the power away from this server.
    '--innodb-flush-log-at-trx-commit=0',
  ]
  const env = { ...process.env, LD_LIBRARY_PATH: libraries }
  await makeSystemTables(server, common, share, env)
  const init = join(folder.path, 'init.sql')
  await writeFile(
    init,
    `create user 'eigenaar'@'127.0.0.1' identified by '${password}';\ngrant all on *.* to 'eigenaar'@'127.0.0.1' with grant option;\n`,
  )
  const log = join(folder.path, 'log')
  const child = spawn(
    server,
    [
      ...common,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(folder.path, 'socket')}`,
      `--init-file=${init}`,
      `--log-error=${log}`,
      ...more,
    ],
    { env, stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const options = { host: '127.0.0.1', port, user: 'eigenaar', password, multipleStatements: true, charset: 'utf8mb4' }
  let connection: Connection | undefined
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`MariaDB ended: ${(await readFile(log, 'utf8')).split('\n').slice(-5).join('\n')}`)
    connection = await createConnection(options).catch(() => undefined)
    return connection !== undefined
  }, 'MariaDB answers')
  const owner = connection!
  const execute = async (statements: string) => {
    const [rows] = await owner.query(statements)
    const last = Array.isArray(rows) && Array.isArray(rows.at(-1)) ? rows.at(-1) : rows
    return last as { [column: string]: unknown }[]
  }
  await execute(`
    create database wmo character set utf8mb4;
    ${tables('datetime(6)')}
    alter table wmo.voorziening comment 'Toegekende voorzieningen';
    alter table wmo.voorziening modify datum_besluit date comment 'Dag van het besluit';
    create user 'lezer'@'127.0.0.1' identified by '${password}';
    grant select on wmo.* to 'lezer'@'127.0.0.1';
  `)
  return {
    server: 'mysql',
    baseUrl: `mariadb+plain://127.0.0.1:${port}/wmo`,
    credentials: { username: 'lezer', password },
    execute,
    port,
    async stop() {
      owner.destroy()
      child.kill('SIGKILL')
      await ended
      await folder.remove()
    },
  }
}

async function makeSystemTables(server: string, common: readonly string[], share: string, env: NodeJS.ProcessEnv): Promise<void> {
  const files = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql']
  const texts = await Promise.all(files.map((file) => readFile(join(share, file), 'utf8')))
  const bootstrap = spawn(server, [...common, '--bootstrap', '--skip-networking'], { env, stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  bootstrap.stderr.on('data', (piece: Buffer) => {
    said += piece
  })
  bootstrap.stdin.end(['create database mysql;\nuse mysql;\nset @auth_root_socket = null;\n', ...texts].join(''))
  const code = await new Promise<number | null>((resolve) => bootstrap.once('close', resolve))
  if (code !== 0) throw new Error(`the system tables of MariaDB cannot be made (${code}):\n${said.split('\n').slice(-5).join('\n')}`)
}
