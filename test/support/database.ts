/** A fresh database for a test file, on the Postgres that all tests share. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { postgresUrl } from './postgres.js'

export interface TestDatabase {
  /** As superuser. */
  url: string
  /** Drops the database; open connections to it are ended. */
  close(): Promise<void>
}

/** @returns an empty database with a name of its own, so that roles named after it are its own too */
export async function openDatabase(): Promise<TestDatabase> {
  const url = new URL(await postgresUrl())
  const server = url.href
  const name = `test_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  await execute(server, `create database ${name} template template0`)
  url.pathname = `/${name}`
  return { url: url.href, close: () => execute(server, `drop database if exists ${name} with (force)`) }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
