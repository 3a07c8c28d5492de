import { SaxesParser } from 'saxes'

/** What a service says of itself in `$metadata`. @see OData CSDL XML 4.01; [MC-CSDL] for version 2 and 3 */
export interface Metadata {
  /** 4, or what a service of 2 or 3 says of itself. */
  version: string
  sets: EntitySet[]
  /** Structured types by full name; those of entities and complex ones. */
  types: Map<string, StructuredType>
  /** Names that stand for a primitive type: enumerations, and definitions of types. */
  standFor: Map<string, string>
}

export interface EntitySet extends Described {
  name: string
  type: string
  /** The service keeps track of its changes. */
  tracked: boolean
  /** It can be listed by itself. */
  listed: boolean
}

export interface StructuredType extends Described {
  base: string | undefined
  key: string[]
  properties: Property[]
}

export interface Property extends Described {
  name: string
  /** `Edm.String`, a full name, or `Collection(…)` of either. */
  type: string
  /** A moment of which only the day counts. */
  isDay: boolean
}

interface Described {
  description?: string | undefined
}

type Attributes = { readonly [name: string]: string }

/**
 * Reads `$metadata`. Namespaces differ by version and are not looked at.
 *
 * @throws Error when the text is no XML
 */
export function readMetadata(xml: string): Metadata {
  const reader = new Reader()
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => reader.open(local(name), localNames(attributes)))
  parser.on('text', (text) => reader.text(text))
  parser.on('closetag', ({ name }) => reader.close(local(name)))
  parser.write(xml).close()
  return reader.whole()
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1)

/** Attributes by local name; one without a prefix goes before one with. */
function localNames(attributes: Attributes): Attributes {
  const names = Object.keys(attributes).sort((a, b) => Number(b.includes(':')) - Number(a.includes(':')))
  return Object.fromEntries(names.map((name) => [local(name), attributes[name]!]))
}

/** Terms that say in words what something is, the best first. */
const terms = [/Core\.V1\.Description$|^Core\.Description$/, /Common\.(v1\.)?QuickInfo$/, /Common\.(v1\.)?Label$/]
const tracking = /Capabilities\.(V1\.)?ChangeTracking$/

class Reader {
  readonly #metadata: Metadata = { version: '', sets: [], types: new Map(), standFor: new Map() }
  readonly #aliases = new Map<string, string>()
  /** Descriptions that stand apart from what they describe, by target. */
  readonly #apart = new Map<string, Said>()
  #namespace = ''
  #type: StructuredType | undefined
  #inKey = false
  /** What annotations inside of an element say, innermost last. */
  readonly #said: { said: Said; into: (said: Said) => void }[] = []
  #term: string | undefined
  #text: ((text: string) => void) | undefined

  open(element: string, attributes: Attributes): void {
    const { Name: name = '', Type: type = '' } = attributes
    const { sets, types, standFor } = this.#metadata
    switch (element) {
      case 'Edmx':
        this.#metadata.version = attributes.Version ?? ''
        break
      case 'DataServices':
        if (attributes.DataServiceVersion) this.#metadata.version = attributes.DataServiceVersion
        break
      case 'Schema':
        this.#namespace = attributes.Namespace ?? ''
        if (attributes.Alias) this.#aliases.set(attributes.Alias, this.#namespace)
        break
      case 'EntityType':
      case 'ComplexType': {
        const structured: StructuredType = { base: attributes.BaseType, key: [], properties: [], ...describedBy(attributes) }
        this.#type = structured
        types.set(this.#full(name), structured)
        this.#about(structured)
        break
      }
      case 'EnumType':
        standFor.set(this.#full(name), 'Edm.String')
        break
      case 'TypeDefinition':
        standFor.set(this.#full(name), attributes.UnderlyingType ?? 'Edm.String')
        break
      case 'Key':
        this.#inKey = true
        break
      case 'PropertyRef':
        if (this.#inKey) this.#type?.key.push(name)
        break
      case 'Property': {
        const property: Property = { name, type, isDay: attributes['display-format'] === 'Date', ...describedBy(attributes) }
        this.#type?.properties.push(property)
        this.#about(property)
        break
      }
      case 'NavigationProperty':
        // What is said of a link to other records is said of nothing that lands.
        this.#said.push({ said: {}, into: () => {} })
        break
      case 'EntitySet': {
        const set: EntitySet = {
          name,
          type: attributes.EntityType ?? '',
          tracked: false,
          listed: attributes.addressable !== 'false',
          ...describedBy(attributes),
        }
        sets.push(set)
        this.#about(set)
        break
      }
      case 'Annotations': {
        const said = this.#apart.get(attributes.Target ?? '') ?? {}
        this.#apart.set(attributes.Target ?? '', said)
        this.#said.push({ said, into: () => {} })
        break
      }
      case 'Annotation':
        this.#term = attributes.Term
        if (attributes.String !== undefined) this.#say(attributes.String)
        break
      case 'PropertyValue':
        if (tracking.test(this.#term ?? '') && attributes.Property === 'Supported' && attributes.Bool !== 'false') this.#track()
        break
      case 'String':
        this.#text = (text) => this.#say(text)
        break
      case 'Summary':
        this.#text = (text) => this.#said.at(-1) && this.#rank(0, text)
        break
    }
  }

  text(text: string): void {
    if (text.trim() !== '') this.#text?.(text.trim())
  }

  close(element: string): void {
    if (element === 'Key') this.#inKey = false
    if (element === 'EntityType' || element === 'ComplexType') this.#type = undefined
    if (element === 'Annotation') this.#term = undefined
    if (element === 'String' || element === 'Summary') this.#text = undefined
    if (['EntityType', 'ComplexType', 'Property', 'NavigationProperty', 'EntitySet', 'Annotations'].includes(element)) {
      const closed = this.#said.pop()
      closed?.into(closed.said)
    }
  }

  whole(): Metadata {
    const { types, sets } = this.#metadata
    for (const [target, said] of this.#apart) {
      const [owner = '', member] = target.split('/', 2)
      const type = types.get(this.resolve(owner))
      const described = member === undefined ? type : (type?.properties ?? sets).find(({ name }) => name === member)
      if (described) put(said, described)
    }
    for (const type of types.values()) {
      type.base &&= this.resolve(type.base)
      for (const property of type.properties) property.type = this.#resolveType(property.type)
    }
    for (const set of sets) set.type = this.resolve(set.type)
    return this.#metadata
  }

  /** A name by the namespace that its alias stands for. */
  resolve(name: string): string {
    const at = name.lastIndexOf('.')
    const namespace = this.#aliases.get(name.slice(0, at))
    return namespace === undefined ? name : `${namespace}${name.slice(at)}`
  }

  #resolveType(type: string): string {
    const [, inside] = /^Collection\((.*)\)$/.exec(type) ?? []
    return inside === undefined ? this.resolve(type) : `Collection(${this.resolve(inside)})`
  }

  #full(name: string): string {
    return `${this.#namespace}.${name}`
  }

  #about(described: Described): void {
    this.#said.push({ said: {}, into: (said) => put(said, described) })
  }

  #say(text: string): void {
    const rank = terms.findIndex((term) => term.test(this.#term ?? ''))
    if (rank !== -1) this.#rank(rank, text)
  }

  #rank(rank: number, text: string): void {
    const said = this.#said.at(-1)?.said
    if (!said || (said.rank !== undefined && said.rank <= rank)) return
    said.rank = rank
    said.text = text
  }

  #track(): void {
    const said = this.#said.at(-1)?.said
    if (said) said.tracked = true
  }
}

/** What annotations say of one thing. */
interface Said {
  text?: string
  /** Place of the term among `terms`. */
  rank?: number
  tracked?: boolean
}

function put({ text, tracked }: Said, described: Described): void {
  if (text !== undefined) described.description = text
  if (tracked && 'tracked' in described) described.tracked = true
}

/** The words that SAP puts in attributes. */
function describedBy({ quickinfo, label }: Attributes): Described {
  const description = quickinfo || label
  return description ? { description } : {}
}
