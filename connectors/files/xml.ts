import type { RecordSchema, SourceRecord } from '../connector.js'
import { Broken } from './broken.js'
import { type Line, maxRecordBytes, type ReadFormat } from './format.js'
import type { StreamSettings } from './settings.js'
import { type ReadText, textReader } from './texts.js'
import { localName, readXmlText } from './xml-text.js'

/** An element of a record that is being read. */
interface Element {
  name: string
  attributes: { readonly [name: string]: string }
  children: Map<string, Element[]>
  text: string
}

/**
 * XML: each element of the stated name is a record, its elements and attributes are the fields. An element with elements inside is a group; one that
 * comes more than once is a list. Text beside attributes or elements is the field `text`.
 */
export const readXml: ReadFormat = async function* ({ files, path, settings, schema }) {
  const leaf = leafReader(settings)
  const ready: Line[] = []
  const open: Element[] = []
  let line = 1
  let size = 0
  let count = 0
  const tell = {
    open(name: string, attributes: Element['attributes']) {
      if (open.length === 0 && name !== settings.records) return
      const element = { name, attributes, children: new Map(), text: '' }
      open.at(-1)?.children.set(name, [...(open.at(-1)!.children.get(name) ?? []), element])
      open.push(element)
      grow(name.length + Object.values(attributes).reduce((sum, value) => sum + value.length, 0))
    },
    text(text: string) {
      const element = open.at(-1)
      if (!element) return
      element.text += text
      grow(text.length)
    },
    close() {
      const element = open.pop()
      if (!element || open.length > 0) return
      count += 1
      size = 0
      ready.push({ at: `record ${count}`, record: groupOf(element, schema, leaf) })
    },
  }
  function grow(by: number): void {
    size += by
    if (size > maxRecordBytes) throw new Broken(`a record is larger than ${maxRecordBytes} characters`, `behind line ${line}`)
  }
  for await (line of readXmlText(files.read(path), tell)) yield* ready.splice(0)
}

function fieldOf(elements: readonly Element[], schema: RecordSchema | undefined, leaf: Leaf): unknown {
  if (schema?.type === 'array') return elements.map((element) => fieldOf([element], schema.items, leaf))
  const [element, another] = elements
  if (another) return elements.map((each) => fieldOf([each], schema, leaf))
  if (isNil(element!)) return null
  const isGroup = schema === undefined ? element!.children.size > 0 : schema.properties !== undefined
  return isGroup ? groupOf(element!, schema, leaf) : leaf(element!.text, schema)
}

function groupOf({ attributes, children, text }: Element, schema: RecordSchema | undefined, leaf: Leaf): SourceRecord {
  const record: SourceRecord = {}
  for (const [name, value] of Object.entries(attributes)) {
    const field = localName(name)
    if (/^(xmlns|xsi)(:|$)/.test(name)) continue
    // Where an element has the same name it is the field, and the attribute is reported.
    record[children.has(field) ? `@${field}` : field] = leaf(value, schema?.properties?.[field])
  }
  for (const [name, elements] of children) record[name] = fieldOf(elements, schema?.properties?.[name], leaf)
  if (text.trim() !== '') record.text ??= leaf(text, schema?.properties?.text)
  return record
}

/** Reads the text of an element or attribute by what the record says of it. */
type Leaf = (text: string, schema: RecordSchema | undefined) => string | null

function leafReader(settings: StreamSettings): Leaf {
  const readers = new Map<RecordSchema | undefined, ReadText>()
  return (text, schema) => {
    const read = readers.get(schema) ?? textReader(schema, settings)
    readers.set(schema, read)
    if (schema === undefined || (schema.type === 'string' && schema.format === undefined)) return read(text)
    const value = text.trim()
    // What a date says of its zone is no part of the day.
    return read(schema.format === 'date' ? value.replace(/^(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})$/, '$1') : value)
  }
}

/** @see XML Schema Part 1 §2.6.2, xsi:nil */
function isNil({ attributes }: Element): boolean {
  return Object.entries(attributes).some(([name, value]) => name.endsWith(':nil') && (value === 'true' || value === '1'))
}
