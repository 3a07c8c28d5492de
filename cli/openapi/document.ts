/** An OpenAPI document, 3.0 or 3.1, as YAML or JSON: read, with the references inside it followed. */
import { parse } from 'yaml'
import { UsageError } from '../exit.js'

export type Node = { readonly [name: string]: unknown }

export interface OpenApi {
  readonly root: Node
  /** The node that another one refers to, or that one itself; undefined for what is no object. References that lead round end there. */
  at(node: unknown): Node | undefined
}

/** @throws UsageError when it is no document of OpenAPI 3 */
export function readDocument(text: string, from: string): OpenApi {
  let root: unknown
  try {
    root = parse(text, { maxAliasCount: 100, logLevel: 'error' })
  } catch (error) {
    throw new UsageError(`${from} is no YAML and no JSON: ${(error as Error).message.split('\n')[0]}`)
  }
  const version = isNode(root) ? String(root.openapi ?? root.swagger ?? '') : ''
  if (!isNode(root) || !/^3\.[01]\b/.test(version))
    throw new UsageError(
      `${from} is no document of OpenAPI 3.0 or 3.1${version === '' ? '' : `, but of version ${version}`}. A Swagger 2.0 document is converted first.`,
    )
  return {
    root,
    at(node) {
      let found: unknown = node
      // As many references in a row as no document that people write has.
      for (let steps = 0; steps < 20 && isNode(found); steps += 1) {
        if (typeof found.$ref !== 'string') return found
        found = pointedAt(root, found.$ref, from)
      }
      return undefined
    },
  }
}

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** @see RFC 6901 */
function pointedAt(root: Node, reference: string, from: string): unknown {
  if (!reference.startsWith('#/'))
    throw new UsageError(
      `${from} refers to another document (${reference}). Bundle it into one first, such as with \`npx @redocly/cli bundle\`.`,
    )
  const steps = reference
    .slice(2)
    .split('/')
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>((node, step) => (typeof node === 'object' && node !== null ? (node as Node)[step] : undefined), root)
}
