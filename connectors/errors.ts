/**
 * The errors of a source, cut by what the run does next. The message says what happened, where, and who can mend it; it holds no value of
 * a record, no header and no body.
 */

/** It will recover: retried, not before `retryAt`. `status` is the HTTP status where there is one. */
export class SourceUnavailable extends Error {
  override name = 'SourceUnavailable'
  /** The moment before which the source asked not to be called, when it said one. */
  readonly retryAt: Date | undefined
  readonly status: number | undefined
  constructor(message: string, options: ErrorOptions & { retryAt?: Date; status?: number } = {}) {
    super(message, options)
    this.retryAt = options.retryAt
    this.status = options.status
  }
}

/** A person has to act: credential, scope, setting. */
export class SourceRefused extends Error {
  override name = 'SourceRefused'
}

/** An answer that cannot be read as a page: nothing of it lands. `status` is the HTTP status where there is one. */
export class UnexpectedResponse extends Error {
  override name = 'UnexpectedResponse'
  readonly status: number | undefined
  constructor(message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options)
    this.status = options.status
  }
}

/** The source forgot where we were: read full. */
export class CheckpointExpired extends Error {
  override name = 'CheckpointExpired'
}

/** A connector contradicts its own contract: whoever wrote it mends it. Found when it is loaded, before a request is sent. */
export class InvalidConnector extends Error {
  override name = 'InvalidConnector'
  /** One sentence a fault, each with its place. */
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}
