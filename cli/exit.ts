/** Exit codes, and how an error is told. */
export const exit = {
  good: 0,
  failed: 1,
  usage: 2,
  quarantine: 3,
  contract: 4,
  configuration: 5,
  source: 6,
  held: 7,
  warehouse: 8,
  interrupted: 130,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]

const codes: { readonly [name: string]: ExitCode } = {
  ConfigError: exit.configuration,
  SettingsError: exit.configuration,
  NotAllowed: exit.configuration,
  InvalidConnector: exit.configuration,
  SourceRefused: exit.configuration,
  ContractBroken: exit.contract,
  MartBroken: exit.contract,
  RuleBroken: exit.contract,
  SourceUnavailable: exit.source,
  UnexpectedResponse: exit.source,
  WarehouseUnavailable: exit.warehouse,
  UsageError: exit.usage,
  DecisionRefused: exit.usage,
  BeingRead: exit.usage,
}

/** What was typed cannot be done. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** A command that ended well and says so by another code than 0. */
export class Ended extends Error {
  override name = 'Ended'
  readonly code: ExitCode
  constructor(code: ExitCode) {
    super('')
    this.code = code
  }
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Ended) return error.code
  return (error instanceof Error ? codes[error.name] : undefined) ?? exit.failed
}

/** The code with which a run of this status ends a command. */
export function exitCodeOfRun(run: { status: string; errorCode?: string | null }): ExitCode {
  switch (run.status) {
    case 'synced':
      return exit.good
    case 'quarantine':
    case 'findings':
      return exit.quarantine
    case 'held':
      return exit.held
    case 'cancelled':
      return exit.interrupted
    case 'incomplete':
      // The time that a source may stay away can end in the middle of a request, which leaves no error of its own.
      return codes[run.errorCode ?? ''] ?? exit.source
    default:
      return codes[run.errorCode ?? ''] ?? exit.failed
  }
}
