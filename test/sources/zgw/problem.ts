import { randomUUID } from 'node:crypto'
import type { JsonRecord } from './model.js'

export interface InvalidParam {
  name: string
  code: string
  reason: string
}

/**
 * What Open Zaak answers to a request that it does not grant. The body is a problem document, the content type is plain JSON.
 *
 * @see maykinmedia/commonground-api-common vng_api_common/exception_handling.py
 */
export class Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly exception: string
  readonly invalidParams: readonly InvalidParam[] | undefined

  constructor(status: number, exception: string, code: string, title: string, detail: string, invalidParams?: readonly InvalidParam[]) {
    this.status = status
    this.exception = exception
    this.code = code
    this.title = title
    this.detail = detail
    this.invalidParams = invalidParams
  }

  /** @param origin by which the caller reached the server */
  body(origin: string): JsonRecord {
    return {
      type: `${origin}/ref/fouten/${this.exception}/`,
      code: this.code,
      title: this.title,
      status: this.status,
      detail: this.detail,
      instance: `urn:uuid:${randomUUID()}`,
      ...(this.invalidParams ? { invalidParams: this.invalidParams.map((param) => ({ ...param })) } : {}),
    }
  }
}

const noPermission = 'Je hebt geen toestemming om deze actie uit te voeren.'

/** Every refusal of a token and every lack of rights: Open Zaak never answers 401. */
export const forbidden = (code = 'permission_denied', detail = noPermission): Problem =>
  new Problem(403, 'PermissionDenied', code, noPermission, detail)

export const notFound = (detail = 'Niet gevonden.'): Problem => new Problem(404, 'NotFound', 'not_found', 'Niet gevonden.', detail)

export const invalid = (params: readonly InvalidParam[]): Problem =>
  new Problem(400, 'ValidationError', 'invalid', 'Ongeldige invoer.', '', params)

export const invalidParam = (name: string, code: string, reason: string): Problem => invalid([{ name, code, reason }])

export const unknownParameters = (names: readonly string[]): Problem =>
  invalidParam('nonFieldErrors', 'unknown-parameters', `Onbekende query parameters: ${names.join(', ')}`)

export const methodNotAllowed = (method: string): Problem =>
  new Problem(405, 'MethodNotAllowed', 'method_not_allowed', `Methode "${method}" niet toegestaan.`, `Methode "${method}" niet toegestaan.`)

export const headerMissing = (header: string): Problem =>
  new Problem(412, 'PreconditionFailed', 'precondition_failed', 'Precondition failed.', `'${header}' header ontbreekt`)

export const crsNotAcceptable = (crs: string): Problem =>
  new Problem(
    406,
    'NotAcceptable',
    'not_acceptable',
    'Kan niet voldoen aan de opgegeven Accept header.',
    `CRS '${crs}' is niet ondersteund`,
  )

export const crsUnsupported = (crs: string): Problem =>
  new Problem(415, 'UnsupportedMediaType', 'unsupported_media_type', 'Unsupported media type.', `CRS '${crs}' is niet ondersteund`)

export const notParsable = (): Problem =>
  new Problem(400, 'ParseError', 'parse_error', 'Ongeldig samengestelde aanvraag.', 'JSON parse error')

export const serverError = (): Problem =>
  new Problem(500, 'APIException', 'error', 'Er is een serverfout opgetreden.', 'Er is een serverfout opgetreden.')
