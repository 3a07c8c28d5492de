/** What `postgresql.conf` says of an embedded Postgres. */

/**
 * Privacy: no value of a row may reach the log. An error of a statement carries one in many places: in its text (`invalid input syntax for type
 * integer: "…"`), its DETAIL (`Key (bsn)=(…) already exists`), its CONTEXT (the line of a COPY), and the statement itself. So errors of
 * statements are not logged at all: the client has them. What happens to the server is logged, without the DETAIL, which after a crash of one
 * process shows what that process ran.
 */
const privacy = {
  // In this setting LOG stands above ERROR: the server's own messages, FATAL and PANIC are logged, errors and warnings of statements are not.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse', // leaves out DETAIL, HINT, QUERY and CONTEXT
  log_statement: 'none',
  log_duration: 'off',
  log_min_duration_statement: '-1',
  log_min_duration_sample: '-1',
  log_transaction_sample_rate: '0',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_lock_waits: 'off',
  log_temp_files: '-1',
  debug_print_plan: 'off',
}

/** One machine with 2 cores and 2 GB, which a worker and Temporal share. */
const size = {
  max_connections: '60',
  shared_buffers: '192MB',
  effective_cache_size: '768MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '5min',
  random_page_cost: '1.1', // solid-state disk
  // Compiling a query and spreading it over processes pay off on larger machines; a container's /dev/shm is often too small for the latter.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
}

const durability = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }

const conduct = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // a socket in a folder shared with other users is one more door
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
}

/** @param more settings that go before ours, by name */
export function postgresConf(port: number, more: { readonly [name: string]: string } = {}): string {
  const settings = { ...conduct, ...size, ...durability, ...privacy, port: String(port), ...more }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  return ['# Written by gemaal at every start. Settings of your own: ALTER SYSTEM SET.', ...lines, ''].join('\n')
}
