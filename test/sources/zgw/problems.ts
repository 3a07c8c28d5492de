import { randomUUID } from 'node:crypto'

export interface InvalidParam {
  name: string
  code: string
  reason: string
}

/**
 * An answer in the error form of Open Zaak: `code` tells what is wrong, titles are Dutch, `instance` differs each time.
 *
 * @see maykinmedia/commonground-api-common vng_api_common/exception_handling.py
 */
export class Problem extends Error {
  override name = 'Problem'
  readonly status: number
  readonly code: string
  readonly title: string
  readonly exception: string
  readonly invalidParams: InvalidParam[] | undefined

  constructor(status: number, exception: string, code: string, title: string, detail: string, invalidParams?: InvalidParam[]) {
    super(detail)
    this.status = status
    this.exception = exception
    this.code = code
    this.title = title
    this.invalidParams = invalidParams
  }

  /** @param origin scheme and host as the caller knows them */
  body(origin: string): string {
    return JSON.stringify({
      type: `${origin}/ref/fouten/${this.exception}/`,
      code: this.code,
      title: this.title,
      status: this.status,
      detail: this.message,
      instance: `urn:uuid:${randomUUID()}`,
      ...(this.invalidParams ? { invalidParams: this.invalidParams } : {}),
    })
  }
}

export function forbidden(code = 'permission_denied', detail = 'Je hebt geen toestemming om deze actie uit te voeren.'): Problem {
  return new Problem(403, 'PermissionDenied', code, 'Je hebt geen toestemming om deze actie uit te voeren.', detail)
}

export function notFound(detail = 'Niet gevonden.'): Problem {
  return new Problem(404, 'NotFound', 'not_found', 'Niet gevonden.', detail)
}

export function invalid(name: string, code: string, reason: string): Problem {
  return new Problem(400, 'ValidationError', 'invalid', 'Ongeldige invoer.', '', [{ name, code, reason }])
}

export function unknownParameters(names: readonly string[]): Problem {
  return invalid('nonFieldErrors', 'unknown-parameters', `Onbekende query parameters: ${names.join(', ')}`)
}

export function notAllowed(method: string): Problem {
  const detail = `Methode "${method}" niet toegestaan.`
  return new Problem(405, 'MethodNotAllowed', 'method_not_allowed', 'Methode "{method}" niet toegestaan.', detail)
}

export function headerMissing(header: string): Problem {
  const detail = `'${header}' header ontbreekt`
  return new Problem(412, 'PreconditionFailed', 'precondition_failed', 'Niet voldaan aan een voorwaarde.', detail)
}

export function crsNotAcceptable(crs: string): Problem {
  const title = 'Kan niet voldoen aan de opgegeven Accept header.'
  return new Problem(406, 'NotAcceptable', 'not_acceptable', title, `CRS '${crs}' is niet ondersteund`)
}

export function notJson(type: string): Problem {
  const detail = `Ongeldige media type "${type}" in aanvraag.`
  return new Problem(415, 'UnsupportedMediaType', 'unsupported_media_type', 'Ongeldige media type "{media_type}" in aanvraag.', detail)
}

export function serverError(): Problem {
  return new Problem(500, 'APIException', 'error', 'Er is een serverfout opgetreden.', 'Internal Server Error')
}

/** What Django shows where no view is: for an unknown path, and for a path with a slash at its end. */
export const pageNotFound =
  '<!DOCTYPE html>\n<html lang="nl">\n<head><title>Pagina niet gevonden</title></head>\n<body><h1>Niet gevonden</h1><p>De opgevraagde pagina kon niet worden gevonden op deze server.</p></body>\n</html>\n'
