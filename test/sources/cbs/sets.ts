/** The lists that both versions have of a table. */
import { type Cell, columnOf, groupsOf, padded, type Table } from './model.js'

/** A list, whose numbers are text that JSON writes as it stands. */
export type Rows = { [name: string]: unknown }[]

/** A number with the digits that the service writes. */
export class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export function setOfV3(table: Table, set: string): Rows | undefined {
  const dimension = table.dimensions.find(({ name }) => name === set)
  if (dimension) {
    return dimension.codes.map(({ code, title, status }) => ({
      Key: dimension.type === 'TimeDimension' ? code : padded(code),
      Title: title,
      Description: null,
      ...(dimension.type === 'TimeDimension' && { Status: status ?? 'Definitief' }),
    }))
  }
  if (set === 'TypedDataSet') {
    return table.rows.map(({ codes, cells }, at) => ({
      ID: at,
      ...Object.fromEntries(
        table.dimensions.map(({ name, type }) => [name, type === 'TimeDimension' ? codes[name] : padded(codes[name] ?? '')]),
      ),
      ...Object.fromEntries(
        table.topics.map((topic, i) => {
          const { value } = cells[i]!
          // Text comes filled up as codes do, and as a point where there is none.
          if (topic.text) return [columnOf(table, topic), (value ?? '.').padEnd(40)]
          return [columnOf(table, topic), value === null ? null : new Digits(value)]
        }),
      ),
    }))
  }
  if (set !== 'DataProperties') return undefined
  const { groups, groupOf } = groupsOf(table)
  return [
    ...table.dimensions.map(({ name, type }, at) => ({ ID: at, Position: at, ParentID: null, Type: type, Key: name, Title: name })),
    ...groups.map(({ id, parent, title }) => ({ ID: id, Position: null, ParentID: parent, Type: 'TopicGroup', Key: '', Title: title })),
    ...table.topics.map((topic, at) => ({
      ID: 100 + at,
      Position: table.dimensions.length + at,
      ParentID: groupOf(topic)?.id ?? null,
      Type: 'Topic',
      Key: columnOf(table, topic),
      Title: topic.title,
      Datatype: topic.text ? 'String' : topic.decimals > 0 ? 'Double' : 'Long',
      Unit: topic.unit,
      Decimals: topic.decimals,
    })),
  ]
}

export function setOfV4(table: Table, set: string): Rows | undefined {
  const dimension = table.dimensions.find(({ name }) => `${name}Codes` === set)
  if (dimension) {
    return dimension.codes.map(({ code, title, status }, at) => ({
      Identifier: code,
      Index: at + 1,
      Title: title,
      ...(dimension.type === 'TimeDimension' && { Status: status ?? 'Definitief' }),
    }))
  }
  const { groups, groupOf } = groupsOf(table)
  switch (set) {
    case 'Observations':
      return table.inVersion4 === 'described' ? undefined : observations(table)
    case 'Dimensions':
      return table.dimensions.map(({ name, type }) => ({ Identifier: name, Title: name, Kind: type, ContainsCodes: true }))
    case 'MeasureCodes':
      return table.topics.map((topic, at) => ({
        Identifier: topic.id,
        Index: at + 1,
        Title: topic.title,
        MeasureGroupId: groupOf(topic) === undefined ? null : String(groupOf(topic)!.id),
        DataType: topic.text ? 'String' : 'Double',
        Unit: topic.unit,
        Decimals: topic.decimals,
      }))
    case 'MeasureGroups':
      return groups.length === 0
        ? undefined
        : groups.map(({ id, parent, title }) => ({ Id: String(id), Title: title, ParentId: parent === null ? null : String(parent) }))
    default:
      return undefined
  }
}

function observations(table: Table): Rows {
  return table.rows
    .flatMap(({ codes, cells }) => table.topics.flatMap((topic, at) => (isInV4(cells[at]!) ? [{ codes, topic, cell: cells[at]! }] : [])))
    .map(({ codes, topic, cell: { value, attribute } }, at) => ({
      Id: at,
      Measure: topic.id,
      ValueAttribute: attribute ?? 'None',
      // Doubles, also where the figure is whole.
      Value: topic.text || value === null ? null : new Digits(value.includes('.') ? value : `${value}.0`),
      StringValue: topic.text ? value : null,
      ...codes,
    }))
}

/** A figure that is absent without a reason is left out of version 4. */
export const isInV4 = ({ value, attribute }: Cell): boolean => value !== null || attribute !== undefined

/** JSON with the digits as they stand. */
export function jsonOf(value: unknown): string {
  if (value instanceof Digits) return value.text
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}:${jsonOf(each)}`)
    .join(',')}}`
}
