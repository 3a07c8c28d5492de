import type { Key } from '../connector.js'
import { literalFor } from './list.js'
import type { Service, StreamSettings } from './settings.js'

/** Characters that servers and gateways refuse or read anew in a path, percent-encoded or not. */
const unfitForPath = /[/\\?#%+&:*<>"|\p{Cc}]/u
/** Longer segments are refused by servers that serve files too. */
const longestInPath = 200

/** Whether a key can stand in the path of a request, where logs show it: it says nothing of a person, and any server can take it. */
export function fitsInPath(key: Key, { record }: StreamSettings): boolean {
  const values = Object.values(key)
  const isPlain = Object.keys(key).every((name) => record[name]?.kind === 'none')
  return isPlain && values.join('').length <= longestInPath && !values.some((value) => unfitForPath.test(value))
}

/** The path of one record: `Zaken('Z-1')`, or `Regels(Zaak='Z-1',Nummer=2)`. */
export function pathOf(key: Key, stated: StreamSettings, service: Service): string {
  const literal = (name: string) => encodeURIComponent(literalFor(name, key[name]!, stated, service))
  const names = [stated.key].flat()
  const inside = names.length === 1 ? literal(names[0]!) : names.map((name) => `${name}=${literal(name)}`).join(',')
  return `${encodeURIComponent(stated.entitySet)}(${inside})`
}

/** The same as a condition. */
export const conditionOf = (key: Key, stated: StreamSettings, service: Service): string =>
  [stated.key]
    .flat()
    .map((name) => `${name} eq ${literalFor(name, key[name]!, stated, service)}`)
    .join(' and ')

const part = /\s*(?:([\p{L}_][\p{L}\p{N}_]*)\s*=\s*)?(?:[a-z]+(?='))?('(?:[^']|'')*'|[^,']+?)\s*(?:,|$)/uy

/**
 * The key in the id of a record: `https://…/Zaken('Z-1')`, or its value alone, as Dataverse has it.
 *
 * @returns undefined when it cannot be read as one
 */
export function keyIn(id: string, names: readonly string[]): Key | undefined {
  let text: string
  try {
    text = decodeURIComponent(id)
  } catch {
    return undefined
  }
  const [, inside] = /^[^(]*\((.*)\)$/s.exec(text) ?? []
  if (inside === undefined) return names.length === 1 && !/[/()]/.test(text) ? { [names[0]!]: text } : undefined
  const parts: [string | undefined, string][] = []
  part.lastIndex = 0
  while (part.lastIndex < inside.length) {
    const [, name, value] = part.exec(inside) ?? []
    if (value === undefined) return undefined
    parts.push([name, value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : value.replace(/(?<=\d)[LMmdf]$/, '')])
  }
  const isWhole = parts.length === names.length && (names.length === 1 || names.every((name) => parts.some(([given]) => given === name)))
  return isWhole
    ? Object.fromEntries(names.map((name, n) => [name, names.length === 1 ? parts[n]![1] : parts.find(([given]) => given === name)![1]]))
    : undefined
}
