import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { shownCode, shownUrn } from './redact.js'
import { httpDate } from './retry-after.js'

/** What a failed attempt means: the error that it becomes, and whether another attempt in place makes sense first. */
export interface Failure {
  error: Error
  /** At most so many attempts in all for a failure of this sort; 1 means that waiting here does not help. */
  attempts: number
}

/** Attempts of one request before the failure is handed on, and fewer where a repeated try seldom helps or costs much. */
const attempts = { usual: 4, slow: 2, serverError: 2, once: 1 }

export interface FailureContext {
  /** `source 'x', stream 'y', GET https://…` */
  where: string
  source: string
  host: string
  /** Names of the settings that hold the credentials, for the one who has to mend them. */
  credentialSettings: readonly string[]
  /** Our credential holds the time at which it was made. */
  tokenHasTime: boolean
  now: Date
}

const dns = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_FAIL', 'EAI_NONAME'])
/** Why OpenSSL does not trust a certificate. @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const untrusted =
  /^(CERT_|CRL_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_)/
const file = (source: string): string => `sources/${source}.yaml`

/** What it means that no whole answer came, by the code of Node.js or of the wire. */
export function failureOfConnection(code: string, { where, source, host }: FailureContext): Failure {
  const unavailable = (what: string, count: number = attempts.usual): Failure => ({
    error: new SourceUnavailable(`${where}: ${what}`),
    attempts: count,
  })
  const refused = (what: string): Failure => ({ error: new SourceRefused(`${where}: ${what}`), attempts: attempts.once })

  if (dns.has(code))
    return unavailable(`the name ${host} is not known (${code}). Check baseUrl in ${file(source)}, and the DNS of this machine.`)
  if (code === 'connect-timeout')
    return unavailable(`no connection to ${host} within the time for it. Check that this machine may reach it (firewall, proxy, VPN).`)
  if (code === 'idle-timeout') return unavailable('no byte came for the idle time-out. The source is slow or hangs.', attempts.slow)
  if (code === 'ECONNREFUSED')
    return unavailable(`${host} refuses the connection. The source is down, or baseUrl in ${file(source)} has another port.`)
  if (code === 'unknown-encoding' || /^(Z_|ERR__?ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/.test(code)) {
    if (code === 'Z_BUF_ERROR') return unavailable('the packed body breaks off.')
    return {
      error: new UnexpectedResponse(
        `${where}: the body is packed in a way that cannot be read (${code}). Report it to the supplier of the source.`,
      ),
      attempts: attempts.once,
    }
  }
  if (untrusted.test(code)) {
    return refused(
      `the certificate of ${host} is not trusted (${code}). Give the CA that signed it under tls.ca in ${file(source)}, or ask the supplier for a valid certificate.`,
    )
  }
  if (/^ERR_OSSL_|^ERR_CRYPTO|^ERR_INVALID_ARG_TYPE$/.test(code)) {
    return refused(
      `tls in ${file(source)} cannot be used (${code}). Check that ca, cert and key are PEM text, and that cert and key belong together.`,
    )
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return refused(`${host} does not speak TLS on this port. Check http and https in baseUrl in ${file(source)}.`)
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return refused(
      `${host} breaks off the TLS handshake (${code}). If it asks for a client certificate, give tls.cert and tls.key in ${file(source)}.`,
    )
  }
  if (code === 'ERR_INVALID_CHAR' || code === 'ERR_HTTP_INVALID_HEADER_VALUE') {
    return refused(
      `a credential or header of the source holds a character that cannot be sent, such as a line break. Correct the value that is set for it.`,
    )
  }
  if (code.startsWith('HPE_'))
    return refused(`${host} answers with something else than HTTP (${code}). Check http and https in baseUrl in ${file(source)}.`)
  return unavailable(`the connection to ${host} broke (${code}).`)
}

/** What of the body of an error may be used: codes, the urn to quote, and names of parameters. */
export interface Problem {
  code?: string | undefined
  instance?: string | undefined
  invalid: string[]
}

export function problemOf(body: unknown): Problem {
  const of = (value: unknown): { [name: string]: unknown } =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { [name: string]: unknown }) : {}
  const problem = of(body)
  const params = [problem.invalidParams, problem.invalid_params].find(Array.isArray) ?? []
  return {
    code: shownCode(problem.code) ?? shownCode(of(problem.error).code) ?? shownCode(problem.error) ?? shownCode(of(problem.error).__type),
    instance: shownUrn(problem.instance),
    invalid: params
      .map((param: unknown) => [shownCode(of(param).name), shownCode(of(param).code)].filter(Boolean).join(' '))
      .filter((text: string) => text !== ''),
  }
}

export interface RefusedAnswer {
  status: number
  headers: { readonly [name: string]: string | undefined }
  problem: Problem
  html: boolean
  /** When the source said that it may be called again. */
  retryAt: Date | undefined
}

/** What it means that the source answers with a status that the caller did not ask for. */
export function failureOfStatus(answer: RefusedAnswer, context: FailureContext): Failure {
  const { status, problem, retryAt } = answer
  const { where, source } = context
  const facts = [problem.code, ...problem.invalid, problem.instance].filter(Boolean).join(', ')
  const said = `${where}: ${status}${facts ? ` (${facts})` : ''}.`
  const unavailable = (what: string, count: number): Failure => ({
    error: new SourceUnavailable(`${said} ${what}`, { status, ...(retryAt ? { retryAt } : {}) }),
    attempts: count,
  })
  const refused = (what: string): Failure => ({ error: new SourceRefused(`${said} ${what}`), attempts: attempts.once })

  const fsc = answer.headers['fsc-error-code']
  if (fsc !== undefined) {
    // An inway or outway speaks here, not the source: what it says of a path or a record means nothing. All that they say may come as 540, so
    // that the code tells whether it passes.
    const what = `FSC says ${shownCode(fsc) ?? 'so'}.`
    const passes = /EXPIRED|UNREACHABLE|LOG_WRITE/.test(fsc)
    const lasts = /GRANT|CONTRACT|NOT_FOUND|MISSING|INVALID|DENIED|PERMISSION|WRONG/.test(fsc)
    return passes || (status >= 500 && !lasts)
      ? unavailable(`${what} The connection between outway and inway fails.`, attempts.usual)
      : refused(`${what} Check the grant in Fsc-Grant-Hash in ${file(source)} and the contract behind it.`)
  }
  if (status === 401 || status === 403) return refused(whyRefused(answer, context))
  if (status === 407)
    return refused('The proxy asks for a name and password. Give them in HTTP_PROXY and HTTPS_PROXY: http://name:password@host:port.')
  if (status === 429) return unavailable('The source takes no more requests for now.', attempts.usual)
  if (status === 408 || status === 425 || (status >= 502 && status <= 504))
    return unavailable('The source, or a gateway before it, is out of order for now.', attempts.usual)
  if (status === 500) return unavailable('The source fails on this request.', attempts.serverError)
  if (status >= 300 && status < 400)
    return refused(`The source sends us on in a way that is not followed. Check baseUrl in ${file(source)}.`)
  const page = answer.html ? ' with an HTML page, as a server does for a path that it does not have' : ''
  return {
    error: new UnexpectedResponse(
      `${said} The source did not take the request${page}. Check baseUrl in ${file(source)} and the version of the source.`,
      { status },
    ),
    attempts: attempts.once,
  }
}

/** From this difference on a clock is named as the likely cause. Sources take a minute or so without complaint. */
const clockOffMs = 30_000

function whyRefused({ status, headers, problem }: RefusedAnswer, { credentialSettings, tokenHasTime, now }: FailureContext): string {
  const serverTime = httpDate(headers.date)
  const offMs = serverTime === undefined ? undefined : now.getTime() - serverTime
  const aboutTime = /expired|immature|not.?yet|future|\biat\b|\bnbf\b|clock/i.test(problem.code ?? '')
  if (tokenHasTime && (aboutTime || (offMs !== undefined && Math.abs(offMs) >= clockOffMs))) {
    const seconds = offMs === undefined ? undefined : Math.round(Math.abs(offMs) / 1000)
    if (seconds !== undefined && seconds * 1000 >= clockOffMs) {
      return `The clock of this machine is ${seconds} s ${offMs! > 0 ? 'ahead of' : 'behind'} that of the source, so that a token is refused: set the clock (NTP).`
    }
    const agree = seconds === undefined ? 'the source does not say its time' : `the clocks differ by ${seconds} s`
    return `The source refuses the time in our token (${agree}): check the clock of this machine, and how long the source lets a token live.`
  }
  if (credentialSettings.length === 0) return 'The source asks for a credential, and its connector has none.'
  const settings = credentialSettings.join(' and ')
  return status === 401
    ? `The source does not accept what is in ${settings}. Check it, or request a new one from the administrator of the source.`
    : `What is in ${settings} has no right to this, or is not known to the source. Request the right from the administrator of the source.`
}
