/** JSON Schemas of the project's files, for editors: completion, descriptions and first checks while typing. Made from the forms. */
import { z } from 'zod'
import { activitiesForm } from '../activity.js'
import { contractForm } from '../dataset.js'
import { gemaalForm } from '../gemaal.js'
import { martForm } from '../mart.js'
import { packForm } from '../rules.js'
import { sourceForm } from '../source.js'

const forms = {
  gemaal: { form: gemaalForm, title: 'gemaal.yaml: the municipality whose project this is' },
  source: { form: sourceForm, title: 'sources/<source>.yaml: where records are read' },
  dataset: { form: contractForm, title: 'datasets/<schema>/<dataset>.yaml: the contract of a dataset' },
  activities: { form: activitiesForm, title: 'activities.yaml: the register of processing activities, which the FG owns' },
  rules: { form: packForm, title: 'rules/<pack>.yaml: what records have to satisfy' },
  mart: { form: martForm, title: 'Front matter of marts/<schema>/<mart>.sql' },
}

/** The text of each schema by its file name, `source.schema.json`. */
export function editorSchemas(): { [file: string]: string } {
  return Object.fromEntries(
    Object.entries(forms).map(([name, { form, title }]) => {
      const { $schema, ...schema } = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' })
      return [`${name}.schema.json`, `${JSON.stringify({ $schema, title, ...(forEditors(schema) as object) }, null, 2)}\n`]
    }),
  )
}

/**
 * Editors read `0363` as a number where we keep the text: a text that digits can satisfy may be a number to them. Bounds that mean "any whole
 * number" and defaults in another unit than the text would only puzzle who reads them.
 */
function forEditors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forEditors)
  if (typeof schema !== 'object' || schema === null) return schema
  const node: { [keyword: string]: unknown } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === 'propertyNames' ? value : forEditors(value)]),
  )
  if (node.type === 'string' && node.enum === undefined && node.format === undefined) {
    const pattern = typeof node.pattern === 'string' ? new RegExp(node.pattern, 'u') : undefined
    if (!pattern || digits.some((text) => pattern.test(text))) node.type = pattern ? ['string', 'number'] : ['string', 'number', 'boolean']
    if (typeof node.default === 'number') delete node.default
  }
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum
  return node
}

const digits = ['1', '25', '0363', '002564440', '1.5']
