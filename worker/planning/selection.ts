/** The conditions of a contract's `where`, on shaped values, and which of them a source can apply itself. */
import type { Contract, WhereCondition } from '../../config/dataset.js'
import type { Condition } from '../../config/dataset-plan.js'
import { isPersonal } from '../../config/kinds.js'
import { nearestWord } from '../../config/problem.js'
import type { PushedCondition, Stream } from '../../connectors/connector.js'
import { type ScalarType, scalars } from '../pipeline/values.js'
import type { keysFor, Tell } from './columns.js'
import type { StreamField } from './fields.js'

export function planSelection(
  contract: Contract,
  fields: readonly StreamField[],
  turn: ReturnType<typeof keysFor>,
  tell: Tell,
): Condition[] {
  const names = fields.map((f) => f.column)
  return Object.entries(contract.where).flatMap(([column, written]) => {
    const path = ['where', column]
    const at = names.indexOf(column)
    const field = fields[at]
    if (!field) {
      tell(path, `there is no column '${column}' in this stream`, {
        found: column,
        expected: `one of ${names.join(', ')}`,
        nearest: nearestWord(column, names),
      })
      return []
    }
    // Who selects by it, uses it: the two keys hold for a condition as they do for a column.
    if (isPersonal(field.kind) && 'why' in turn(field.kind))
      tell(path, `'${column}' is of kind '${field.kind}'; to select by it, ask for it under 'personal' and let the activity allow it`)
    if (field.list || field.value === 'json' || field.value === 'geometry') {
      tell(path, `'${column}' holds more than one value; a condition is for columns with one`)
      return []
    }
    const condition = conditionOf(written, field, path, tell)
    return condition ? [{ field: at, column, ...condition } as Condition] : []
  })
}

function conditionOf(written: WhereCondition, field: StreamField, path: (string | number)[], tell: Tell): object | undefined {
  switch (written.test) {
    case 'null':
      return { test: 'null' }
    case 'in':
      return { test: 'in', values: written.values.map((value, i) => (value === null ? null : scalarOf(value, field, [...path, i], tell))) }
    case 'atMost': {
      if (!field.ordered || !field.codes) {
        tell(path, `'atMost' is for ordered code lists, and '${field.column}' is none`)
        return undefined
      }
      if (!field.codes.includes(written.value)) {
        tell([...path, 'atMost'], `'${written.value}' is no code of '${field.column}'`, {
          found: written.value,
          expected: `one of ${field.codes.join(', ')}`,
          nearest: nearestWord(written.value, field.codes),
        })
      }
      return { test: 'atMost', value: written.value, order: field.codes }
    }
    case 'range': {
      if (!['integer', 'decimal', 'date', 'datetime'].includes(field.value)) {
        tell(path, `a range is for numbers, dates and moments, and '${field.column}' is ${field.value}`)
        return undefined
      }
      const bound = (name: 'from' | 'to') =>
        written[name] === undefined ? undefined : scalarOf(written[name], field, [...path, name], tell)
      return { test: 'range', from: bound('from'), to: bound('to'), value: field.value }
    }
  }
}

/** A value of a contract as shape writes it. A day as the bound of a moment is the beginning of that day in the Netherlands. */
function scalarOf(text: string, field: StreamField, path: (string | number)[], tell: Tell): string {
  const day = field.value === 'datetime' && /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text
  const shape = scalars[field.value as ScalarType]
  const value = shape(day)
  if (value === undefined) {
    tell(path, `'${text}' is no ${field.value}, as '${field.column}' is`, { found: text, expected: `a ${field.value}` })
    return text
  }
  if (field.codes && typeof value === 'string' && !field.codes.includes(value)) {
    tell(path, `'${text}' is no code of '${field.column}'`, {
      found: text,
      expected: `one of ${field.codes.join(', ')}`,
      nearest: nearestWord(text, field.codes),
    })
  }
  return String(value)
}

/**
 * What every dataset of a stream asks for and the source can filter on. A record that is left out by it is absent from the listing, and
 * a re-read by key then finds it outside: nothing is deleted by mistake.
 */
export function pushedConditions(stream: Stream, datasets: readonly { where: readonly Condition[] }[]): PushedCondition[] {
  const [first, ...others] = datasets
  return (first?.where ?? []).flatMap((condition) => {
    const { field: _, ...asked } = condition
    const shared = others.every((o) => o.where.some(({ field: __, ...c }) => JSON.stringify(c) === JSON.stringify(asked)))
    return shared && stream.pushDown?.[condition.column]?.includes(condition.test) ? pushed(condition) : []
  })
}

function pushed(condition: Condition): PushedCondition[] {
  const { column } = condition
  switch (condition.test) {
    case 'null':
      return [{ column, is: null }]
    case 'in':
      return condition.values.includes(null) ? [] : [{ column, in: condition.values as string[] }]
    case 'atMost':
      return [{ column, atMost: condition.value }]
    case 'range':
      return [
        {
          column,
          ...(condition.from !== undefined && { from: condition.from }),
          ...(condition.to !== undefined && { to: condition.to }),
        },
      ]
  }
}
