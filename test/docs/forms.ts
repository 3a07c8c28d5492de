/** The keys of a form of the project's files, as a table for people. */
import { z } from 'zod'
import { kinds } from '../../config/kinds.js'
import { tableOf } from './real.js'

interface JsonSchema {
  properties?: { [key: string]: JsonSchema & { description?: string; default?: unknown } }
  required?: string[]
  additionalProperties?: JsonSchema | boolean
}

/** One line a key, with those inside it; a key that has to be there is bold. */
export function keysOf(form: z.ZodType): string {
  const schema = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  return tableOf(['key', 'value', 'meaning'], linesOf(unwrapped(form), schema, ''))
}

function linesOf(form: z.ZodType, schema: JsonSchema, above: string): string[][] {
  if (form instanceof z.ZodRecord) {
    const inside = unwrapped(form.valueType as z.ZodType)
    return inside instanceof z.ZodObject && typeof schema.additionalProperties === 'object'
      ? linesOf(inside, schema.additionalProperties, `${above}<name>.`)
      : []
  }
  if (!(form instanceof z.ZodObject)) return []
  return Object.entries(form.shape).flatMap(([key, written]) => {
    const value = unwrapped(written as z.ZodType)
    const property = schema.properties?.[key] ?? {}
    const name = `\`${above}${key}\``
    const preset = property.default
    const isPlain = ['string', 'boolean', 'number'].includes(typeof preset)
    return [
      [
        schema.required?.includes(key) ? `**${name}**` : name,
        valueWords(value),
        `${property.description ?? ''}${isPlain && !property.description?.includes('left out') ? `; left out: ${String(preset)}` : ''}`,
      ],
      ...linesOf(value, property, `${above}${key}.`),
    ]
  })
}

/** What the form says that it expects, in its own words. */
function valueWords(form: z.ZodType): string {
  const value = unwrapped(form)
  if (value instanceof z.ZodObject) return 'map'
  if (value instanceof z.ZodRecord) return 'map'
  if (value instanceof z.ZodArray) return `list of: ${valueWords(value.element as z.ZodType)}`
  if (value instanceof z.ZodEnum) {
    const options = value.options.map(String)
    return options.length > 12 ? (options.includes('bsn') ? 'a kind' : 'a type') : options.map((option) => `\`${option}\``).join(', ')
  }
  const expected = value.safeParse(Symbol('no value')).error?.issues[0]?.message ?? ''
  if (!expected.startsWith('Invalid')) return expected
  if (value instanceof z.ZodUnion) return value.options.map((option) => valueWords(option as z.ZodType)).join(', or ')
  throw new Error(`a form does not say what it expects: ${expected}`)
}

function unwrapped(form: z.ZodType): z.ZodType {
  if (form instanceof z.ZodOptional || form instanceof z.ZodDefault || form instanceof z.ZodPrefault)
    return unwrapped(form.unwrap() as z.ZodType)
  if (form instanceof z.ZodPipe) return unwrapped(form.in as z.ZodType)
  return form
}

/** The kinds, each with the treatments that suit it. */
export function kindsTable(treatmentsOf: { readonly [kind: string]: readonly string[] }): string {
  return tableOf(
    ['kind', 'treatments, strictest first'],
    kinds.map((kind) => [`\`${kind}\``, kind === 'none' ? 'lands as it is' : treatmentsOf[kind]!.map((t) => `\`${t}\``).join(', ')]),
  )
}
