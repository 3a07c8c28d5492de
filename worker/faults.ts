/**
 * Errors of code, as opposed to those that say for people what happened. Their message can quote what they were given (`Unexpected token 'J',
 * "Jansen" is not valid JSON`), so that it reaches no log, no table and no history: the place in the code is told in its stead.
 */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { productRoot } from '../config/packs.js'

/** What a connector says with these is its contract with us: no values. */
const ofConnectors = new Set(['SourceUnavailable', 'SourceRefused', 'UnexpectedResponse', 'CheckpointExpired', 'InvalidConnector'])

/** Thrown by JavaScript itself, wherever it was called. */
const ofJavaScript = [SyntaxError, TypeError, RangeError, ReferenceError, URIError, EvalError, AggregateError]

/** @returns the error as it may be told: itself where its message is ours, else one that says where the fault is */
export function toldError(error: Error, doing: string): Error {
  if (ofConnectors.has(error.name)) return error
  const place = placeOf(error)
  if (place?.ours && !ofJavaScript.some((type) => error instanceof type)) return error
  return new Error(
    `${doing}: a fault in the code, ${error.name}${place ? ` at ${place.text}` : ''}. Its message is left out, since it can quote a record; report it to whoever wrote that code.`,
  )
}

/** Where an error was thrown: the first line of its stack that is a file of the product or of a project's connector. */
function placeOf({ stack }: Error): { text: string; ours: boolean } | undefined {
  let first = true
  for (const [, at = ''] of (stack ?? '').matchAll(/^ {4}at (?:.*\()?((?:file:|\/|[A-Za-z]:\\)[^()\n]*:\d+:\d+)\)?$/gm)) {
    const path = relative(productRoot(), at.startsWith('file:') ? fileURLToPath(at) : at).replaceAll('\\', '/')
    if (/^(dist\/)?(config|connectors|workflows|worker|sql|cli)\//.test(path)) return { text: path, ours: first }
    // What a project's connector was compiled to: `<cache>/<digest>/connectors/<name>/connector.js`.
    const connector = /\/[0-9a-f]{32}\/(connectors\/.*)$/.exec(path)?.[1]
    if (connector !== undefined) return { text: connector, ours: false }
    first = false
  }
  return undefined
}
