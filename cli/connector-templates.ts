/** The texts of the files that `connector new` makes: a connector that works, with a recording, and the source and dataset that take from it. */
import { shouted } from '../config/values.js'
import { pageText } from '../connectors/recordings/folder.js'
import { datasetText, schemaLine, sourceText } from './templates.js'

/** `laadpalen-delft` → `laadpalen_delft`. */
export const snake = (name: string): string => name.replaceAll('-', '_')

/** The files of a project, by path; the name is in kebab-case. */
export function connectorFiles(
  name: string,
  { typescript, isProduct }: { typescript: boolean; isProduct: boolean },
): { [path: string]: string } {
  const stream = snake(name)
  const source = `sources/${name}.yaml`
  const dataset = `datasets/${stream}/${stream}.yaml`
  const recordings = isProduct ? `test/connectors/recordings/${name}` : `connectors/${name}/recordings`
  return {
    ...(typescript
      ? { [`connectors/${name}/connector.ts`]: code(stream, isProduct) }
      : { [`connectors/${name}/connector.yaml`]: data(name, stream, isProduct) }),
    [`${recordings}/${stream}/1.json`]: recording(stream),
    ...(isProduct
      ? {}
      : {
          [source]: sourceText(source, name, { env: `${shouted(name)}_URL` }),
          [dataset]: datasetText(dataset, { from: `${name}/${stream}`, activity: undefined, personal: [] }),
        }),
  }
}

/** By which an editor completes and checks a connector that is data. */
export const connectorSchemaLine = (name: string, isProduct: boolean): string =>
  isProduct ? '# yaml-language-server: $schema=../connector.schema.json\n' : schemaLine('connector', `connectors/${name}/connector.yaml`)

const data = (
  name: string,
  stream: string,
  isProduct: boolean,
): string => `${connectorSchemaLine(name, isProduct)}docs: https://api.example.nl/docs # documentation of the API, for people
authentication: { by: bearer } # its token is in GEMAAL_${isProduct ? '<SOURCE>' : shouted(name)}_TOKEN
streams:
  ${stream}:
    description: Wat er in deze stroom zit, in één zin.
    path: ${stream} # under baseUrl of the source file
    pages: { by: nextLink, records: results, next: next } # or pageNumber, offset, cursorToken, lastRecord, single
    key: id
    byKeyPath: ${stream}/{id} # one record; without it a delete takes two full readings as proof
    changes: { cursor: gewijzigdOp, param: gewijzigdNa } # leave it out where the source has no such filter
    # Each field that may land: its type, what it says of a person (none, bsn, naam, adres, …), and what it means.
    record:
      required: [id, gewijzigdOp]
      properties:
        id: { type: string, kind: none, description: Nummer van het record }
        gewijzigdOp: { type: string, format: date-time, kind: none, description: Laatste wijziging }
        omschrijving: { type: [string, "null"], kind: none, description: Wat het is }
        bedrag: { type: number, kind: none, description: Bedrag in euro }
`

/** In the order in which the product keeps its imports: packages first. */
const imports = (isProduct: boolean): string =>
  isProduct
    ? "import { z } from 'zod'\nimport { connector, field } from '../connector.js'\n"
    : "import { connector, field } from '@gemaal/gemaal/connector'\nimport { z } from 'zod'\n"

const code = (stream: string, isProduct: boolean): string => `${imports(isProduct)}
const record = z.object({
  // What a field says of a person is none, bsn, naam, adres, …
  id: field(z.string(), 'none', 'Nummer van het record'),
  gewijzigdOp: field(z.iso.datetime({ offset: true }), 'none', 'Laatste wijziging'),
  omschrijving: field(z.string().nullish(), 'none', 'Wat het is'),
  bedrag: field(z.number().optional(), 'none', 'Bedrag in euro'),
})

export default connector({
  docs: 'https://api.example.nl/docs',
  authentication: { by: 'bearer' },
  streams: {
    ${stream}: {
      description: 'Wat er in deze stroom zit, in één zin.',
      record,
      key: 'id',
      path: '${stream}',
      // A source that pages in its own way has \`async *read(ctx)\` in place of path, pages and changes.
      pages: { by: 'nextLink', records: 'results', next: 'next' },
      byKeyPath: '${stream}/{id}',
      changes: { cursor: 'gewijzigdOp', param: 'gewijzigdNa' },
    },
  },
})
`

const recording = (stream: string): string =>
  pageText({
    results: [1, 2, 3, 4, 5].map((n) => ({
      id: `${stream.toUpperCase()}-${n}`,
      gewijzigdOp: `2026-01-0${n}T09:00:00Z`,
      omschrijving: n === 3 ? null : `Voorbeeld ${n}`,
      bedrag: n * 12.5,
    })),
  })
