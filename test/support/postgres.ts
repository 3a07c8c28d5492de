/** The Postgres that all tests share. A test that kills a Postgres starts one of its own with `startPostgres`. */
import { serverAddress } from './servers.js'

/** URL of its database `gemaal`, as superuser. */
export function postgresUrl(): Promise<string> {
  return serverAddress('postgres')
}
