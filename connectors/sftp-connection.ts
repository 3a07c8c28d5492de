/** The connection of an SFTP source: one for all that read it, opened when it is needed, with a host key that was stated beforehand. */
import { createHash } from 'node:crypto'
import type { Client, ConnectConfig, SFTPWrapper } from 'ssh2'
import { waitFor } from './clock.js'
import { SourceRefused, SourceUnavailable } from './errors.js'
import { failureOfConnection } from './failures.js'

export interface SftpConnectionOptions {
  /** Name of the source, for messages. */
  source: string
  /** `sftp://host:port/folder`. */
  baseUrl: string
  /** Fingerprints of the host keys that are trusted, `SHA256:…`. */
  hostKeys?: readonly string[] | undefined
  credentials?: ((field: string) => string | undefined) | undefined
  credentialSetting?: ((field: string) => string) | undefined
  idleTimeoutMs?: number | undefined
}

/** No answer for so long ends what was asked. */
class NoAnswer extends Error {}

const connectTimeoutMs = 20_000

export class SftpConnection {
  readonly idleTimeoutMs: number
  readonly #options: SftpConnectionOptions
  readonly #host: string
  #client: Client | undefined
  #sftp: Promise<SFTPWrapper> | undefined

  constructor(options: SftpConnectionOptions) {
    this.#options = options
    this.#host = new URL(options.baseUrl).hostname.replace(/^\[|\]$/g, '')
    this.idleTimeoutMs = options.idleTimeoutMs ?? 120_000
  }

  /**
   * The session, opened where there is none or the last one broke.
   *
   * @throws SourceRefused when the host key is not one of those that are trusted, or we are not let in
   */
  sftp(signal: AbortSignal | undefined): Promise<SFTPWrapper> {
    if (!this.#sftp) {
      const opening = this.#open()
      this.#sftp = opening
      opening.catch(() => this.#forget(opening))
    }
    return waitFor(this.#sftp, signal)
  }

  close(): void {
    this.#client?.end()
    this.#client = undefined
    this.#sftp = undefined
  }

  /** What an error of the connection means. */
  errorOf(error: unknown, where: string): Error {
    if (error instanceof SourceRefused || error instanceof SourceUnavailable) return error
    if (error instanceof NoAnswer) {
      // What else was asked waits in vain too.
      this.#client?.destroy()
      this.#sftp = undefined
      return this.#failure('idle-timeout', where)
    }
    const { level, code, message } = error as { level?: string; code?: string; message: string }
    if (level === 'client-authentication') {
      const settings = ['username', this.#privateKey() === undefined ? 'password' : 'privateKey'].map(this.#setting).join(' and ')
      return new SourceRefused(
        `${where}: the server does not let us in by what is in ${settings}. Check it, or request access from the administrator of the server.`,
      )
    }
    if (/privateKey|passphrase/.test(message))
      return new SourceRefused(
        `${where}: what is in ${this.#setting('privateKey')} is no private key, or ${this.#setting('passphrase')} does not open it. Give the text of the file, in the form of OpenSSH or PEM.`,
      )
    if (level === 'client-timeout') return this.#failure('connect-timeout', where)
    if (/no matching/i.test(message))
      return new SourceRefused(
        `${where}: the server and we have no algorithm of SSH in common. Ask its administrator for curve25519, AES-GCM and an ed25519 or rsa-sha2 host key.`,
      )
    return this.#failure(typeof code === 'string' ? code : 'closed', where)
  }

  async #open(): Promise<SFTPWrapper> {
    // Loaded for those who read by it only.
    const { Client } = (await import('ssh2')).default
    const client = new Client()
    this.#client = client
    const where = `source '${this.#options.source}', sftp://${this.#host}`
    let shown: string | undefined
    try {
      const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
        client.on('error', reject)
        client.on('close', () => reject(new Error('closed')))
        client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
          finish(prompts.map(() => this.#credential('password') ?? '')),
        )
        client.on('ready', () => client.sftp((error, session) => (error ? reject(error) : resolve(session))))
        client.connect({
          ...this.#login(),
          hostVerifier: (key: Buffer) => {
            shown = fingerprintOf(key)
            return (this.#options.hostKeys ?? []).includes(shown)
          },
        })
      })
      // Each request that waits listens for the end of the session.
      sftp.setMaxListeners(0)
      const opened = this.#sftp
      // First of all that listen, so that whoever goes on finds no session that is gone.
      sftp.once('close', () => this.#forget(opened))
      return sftp
    } catch (error) {
      client.destroy()
      if (shown !== undefined && !(this.#options.hostKeys ?? []).includes(shown)) throw this.#notTrusted(shown, where)
      throw this.errorOf(error, where)
    }
  }

  #login(): ConnectConfig {
    const username = this.#credential('username')
    const password = this.#credential('password')
    const privateKey = this.#privateKey()
    const { source } = this.#options
    if (username === undefined || (password === undefined && privateKey === undefined)) {
      const missing = username === undefined ? this.#setting('username') : `${this.#setting('password')} or ${this.#setting('privateKey')}`
      throw new SourceRefused(`source '${source}': there is nothing to log in with. Set ${missing}.`)
    }
    return {
      host: this.#host,
      port: Number(new URL(this.#options.baseUrl).port || 22),
      username,
      password,
      ...(privateKey !== undefined && { privateKey: `${privateKey}\n`, passphrase: this.#credential('passphrase') }),
      // Some servers ask for a password in words of their own.
      tryKeyboard: password !== undefined,
      readyTimeout: connectTimeoutMs,
      // A connection waits while what was read is staged, and firewalls forget one that is silent.
      keepaliveInterval: 15_000,
    }
  }

  #notTrusted(shown: string, where: string): SourceRefused {
    const { source, hostKeys = [] } = this.#options
    return new SourceRefused(
      hostKeys.length === 0
        ? `${where}: the server shows the host key ${shown}, and sources/${source}.yaml states none. Ask its administrator whether it is theirs, and put it there as hostKey.`
        : `${where}: the server shows the host key ${shown}, which is not the one under hostKey in sources/${source}.yaml. It has a new key, or someone stands between: ask its administrator before it is changed.`,
    )
  }

  #forget(sftp: Promise<SFTPWrapper> | undefined): void {
    if (this.#sftp === sftp) this.#sftp = undefined
  }

  #failure(code: string, where: string): Error {
    const { source } = this.#options
    return failureOfConnection(code, { where, source, host: this.#host, credentialSettings: [], tokenHasTime: false, now: new Date() })
      .error
  }

  readonly #setting = (field: string): string => this.#options.credentialSetting?.(field) ?? field

  #credential(field: string): string | undefined {
    return this.#options.credentials?.(field)
  }

  #privateKey(): string | undefined {
    return this.#credential('privateKey')
  }
}

/** A fingerprint as `ssh-keygen -l` shows it. */
function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** Asks one thing of the server, by a function that answers by callback. */
export function callSftp<T>(
  sftp: SFTPWrapper,
  send: (done: (error: Error | null | undefined, value: T) => void) => void,
  { signal, idleTimeoutMs }: { signal: AbortSignal | undefined; idleTimeoutMs: number },
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => end(() => reject(signal?.reason))
    const timer = setTimeout(() => end(() => reject(new NoAnswer())), idleTimeoutMs)
    // A session that ends answers nothing any more.
    const closed = () => end(() => reject(new Error('closed')))
    const end = (how: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      sftp.removeListener('close', closed)
      how()
    }
    signal?.addEventListener('abort', stop, { once: true })
    sftp.once('close', closed)
    send((error, value) => end(() => (error ? reject(error) : resolve(value))))
  })
}
