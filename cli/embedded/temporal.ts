/** Finds Temporal: the one that the settings name, else a dev server of our own. */
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig'
import { SettingsError } from '../../config/settings.js'
import type { Environment } from './temporal-binary.js'
import { runningTemporal, startTemporal, type TemporalDevServer, type TemporalServerOptions } from './temporal-server.js'

export { ensureTemporalBinary } from './temporal-binary.js'
export { searchAttributes, startTemporal, TemporalDevServer } from './temporal-server.js'

export interface ExternalTemporal {
  readonly kind: 'external'
  readonly address: string
  readonly namespace: string
  /** For `Connection` and for `NativeConnection`; may hold an API key or a private key. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions']
  readonly uiUrl: undefined
  /** Does nothing: it is not ours. */
  stop(): Promise<void>
}

export type TemporalServer = ExternalTemporal | TemporalDevServer

/**
 * `TEMPORAL_ADDRESS` or a profile of `temporal.toml` that has an address, else a dev server that is started here and lives until stop(), or
 * until this process ends. An external one is not called here.
 *
 * @param options `environment` is where the `TEMPORAL_…` variables are read, too
 * @throws SettingsError when the address is none; an error that says what was tried and what a person can do when the configuration cannot be
 *   read or no server can be started
 */
export async function findTemporal(options: Omit<TemporalServerOptions, 'namespace'>): Promise<TemporalServer> {
  const configuration = readConfiguration(options.environment)
  const external = externalOf(configuration)
  if (external) return external
  const profile = options.environment.TEMPORAL_PROFILE
  if (profile) {
    throw new Error(
      `The profile '${profile}' that TEMPORAL_PROFILE names has no address in temporal.toml. Add one, or leave TEMPORAL_PROFILE out to use a dev server.`,
    )
  }
  return startTemporal({ ...options, namespace: configuration.namespace })
}

/**
 * As `findTemporal`, and starts nothing: for what can do without.
 *
 * @returns undefined where none is configured and no dev server runs in the folder
 */
export async function lookForTemporal(options: Omit<TemporalServerOptions, 'namespace'>): Promise<TemporalServer | undefined> {
  const configuration = readConfiguration(options.environment)
  return externalOf(configuration) ?? runningTemporal({ ...options, namespace: configuration.namespace })
}

function externalOf({ connectionOptions, namespace }: ClientConnectConfig): ExternalTemporal | undefined {
  const { address } = connectionOptions
  if (!address) return undefined
  // Checked here, since the client repeats what it cannot read.
  if (!/^([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/.test(address)) {
    throw new SettingsError([
      'TEMPORAL_ADDRESS, or the address in temporal.toml, is no address of a server; expected one such as temporal.example.nl:7233.',
    ])
  }
  return { kind: 'external', address, namespace: namespace ?? 'default', connectionOptions, uiUrl: undefined, stop: async () => {} }
}

function readConfiguration(environment: Environment): ClientConnectConfig {
  const variables = Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined))
  try {
    return loadClientConnectConfig({ overrideEnvVars: variables })
  } catch (cause) {
    throw new Error(
      `The connection to Temporal cannot be read from the TEMPORAL_… variables and temporal.toml: ${cause instanceof Error ? cause.message : cause}.`,
      { cause },
    )
  }
}
