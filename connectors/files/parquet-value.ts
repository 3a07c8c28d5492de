import type { ParquetParsers, SchemaTree } from 'hyparquet'
import { decodeText } from '../charset.js'

/** A value as the library gives it → as a record has it. */
export type ReadValue = (value: unknown) => unknown

/** A moment in nanoseconds since 1970, of which only the schema says whether it is UTC. */
class Moment {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

const thousand = 1000n
const dayMs = 86_400_000

/** What the library makes of values that it knows: nothing is rounded. */
export const parsersOf: ParquetParsers = {
  timestampFromMilliseconds: (millis) => new Moment(BigInt(millis) * thousand * thousand),
  timestampFromMicroseconds: (micros) => new Moment(BigInt(micros) * thousand),
  timestampFromNanoseconds: (nanos) => new Moment(BigInt(nanos)),
  dateFromDays: (days) => new Date(days * dayMs).toISOString().slice(0, 10),
  stringFromBytes: (bytes) => bytes && textOf(bytes),
  jsonFromBytes: (bytes) => bytes && textOf(bytes),
  geometryFromBytes: (bytes) => bytes,
  geographyFromBytes: (bytes) => bytes,
  uuidFromBytes: (bytes) =>
    bytes &&
    Buffer.from(bytes)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
}

const textOf = (bytes: Uint8Array): string => decodeText(bytes, undefined)

/** Prepares the reading of a column by the schema of the file. */
export function parquetValue(tree: SchemaTree, times: 'local' | 'utc'): ReadValue {
  const { element, children } = tree
  const inside = listed(tree)
  const read = inside
    ? parquetValue(inside, times)
    : children.length === 0
      ? leafOf(element, times)
      : groupOf(new Map(children.map((child) => [child.element.name, parquetValue(child, times)])))
  return (value) => {
    if (value === null || value === undefined) return null
    return Array.isArray(value) ? value.map((each) => (each === null || each === undefined ? null : read(each))) : read(value)
  }
}

/** What the list has of which a column is written as a group in a group. @see LogicalTypes.md, Lists */
function listed({ element, children }: SchemaTree): SchemaTree | undefined {
  const isList = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST'
  const [repeated] = children
  if (!isList || repeated?.element.repetition_type !== 'REPEATED') return undefined
  return repeated.children.length === 1 ? repeated.children[0] : repeated
}

function groupOf(fields: ReadonlyMap<string, ReadValue>): ReadValue {
  return (value) => {
    if (typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, fields.get(name)?.(each) ?? null]))
  }
}

function leafOf(element: SchemaTree['element'], times: 'local' | 'utc'): ReadValue {
  if (isDecimal(element)) {
    const scale = element.scale ?? (element.logical_type?.type === 'DECIMAL' ? element.logical_type.scale : 0)
    return (value) => decimalText(unscaled(value as number | bigint | Uint8Array), scale)
  }
  // Converted types are all in UTC; INT96 says nothing of it, and a logical type says which.
  const isUtc = element.logical_type?.type === 'TIMESTAMP' ? element.logical_type.isAdjustedToUTC : element.type !== 'INT96'
  const isSingle = element.type === 'FLOAT'
  return (value) => {
    if (value instanceof Moment) return momentText(value.nanos, isUtc || times === 'utc')
    if (value instanceof Uint8Array) return textOf(value)
    if (typeof value === 'bigint') return String(value)
    return isSingle && typeof value === 'number' ? singleText(value) : value
  }
}

export const isDecimal = ({ converted_type, logical_type }: SchemaTree['element']): boolean =>
  converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL'

/** Big-endian two's complement, as decimals in bytes are. */
function unscaled(value: number | bigint | Uint8Array): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value)
  return value.length === 0 ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${Buffer.from(value).toString('hex')}`))
}

function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** ISO 8601 with nine digits; without a zone it is Dutch local time, as everywhere. */
function momentText(nanos: bigint, isUtc: boolean): string {
  const second = 1_000_000_000n
  const fraction = ((nanos % second) + second) % second
  const date = new Date(Number((nanos - fraction) / 1_000_000n))
  if (Number.isNaN(date.getTime())) return String(nanos)
  return `${date.toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}${isUtc ? 'Z' : ''}`
}

/** The shortest text that is this number among those of four bytes: 0.1, where the double says 0.10000000149011612. */
function singleText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(value)
}
