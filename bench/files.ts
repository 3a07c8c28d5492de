/**
 * What large files cost: `npm run bench:files`. Makes a CSV of 1,000,000 records and a workbook of Excel of 200,000, lands each in Postgres in a
 * process of its own, and tells time, CPU and the most memory that the process had. Ends with 1 when one had more than 400 MB, or a record is not
 * there. `-- --csv 100000 --xlsx 20000` makes smaller ones.
 */
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { startPostgres } from '../cli/embedded/postgres.js'
import { escaped, workbookStream } from '../test/sources/files/workbook.js'
import { openFolder } from '../test/support/folder.js'

/** A worker has 2 GB, of which Postgres and Temporal beside it take their part. */
const mostMb = 400

const { values } = parseArgs({ options: { csv: { type: 'string', default: '1000000' }, xlsx: { type: 'string', default: '200000' } } })
const counts = { csv: Number(values.csv), xlsx: Number(values.xlsx) }
type Format = keyof typeof counts

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const names = ['NUMMER', 'SOORT', 'BEDRAG', 'DAG', 'OMSCHRIJVING', 'POSTCODE', 'STAND', 'AANTAL']
const recordOf = (at: number): string[] => [
  String(at).padStart(10, '0'),
  `Soort ${at % 40}`,
  `${at % 5000},${String(at % 100).padStart(2, '0')}`,
  `${String((at % 28) + 1).padStart(2, '0')}-03-2026`,
  `Omschrijving van voorziening ${at}; met een puntkomma`,
  `${1000 + (at % 9000)}AB`,
  ['aangevraagd', 'toegekend', 'beëindigd'][at % 3]!,
  String(at % 7),
]

function* csvText(count: number): Generator<string> {
  yield `${names.join(';')}\r\n`
  for (let at = 0; at < count; at += 1)
    yield `${recordOf(at)
      .map((text) => (text.includes(';') ? `"${text}"` : text))
      .join(';')}\r\n`
}

/** As Excel writes it: each text is shared, and stands in a part of its own that is as long as the sheet. */
function* sheetText(count: number): Generator<string> {
  const row = (number: number, cells: readonly string[]) =>
    `<row r="${number}">${cells.map((cell, at) => cell.replace('<c', `<c r="${String.fromCharCode(65 + at)}${number}"`)).join('')}</row>`
  const shared = (index: number) => `<c t="s"><v>${index}</v></c>`
  yield `<worksheet><sheetData>${row(
    1,
    names.map((_, at) => shared(at)),
  )}`
  for (let at = 0; at < count; at += 1) {
    const texts = names.length + at * 5
    yield row(at + 2, [
      shared(texts),
      shared(texts + 1),
      `<c><v>${(at % 500000) / 100}</v></c>`,
      `<c s="1"><v>${46000 + (at % 300)}</v></c>`,
      shared(texts + 2),
      shared(texts + 3),
      shared(texts + 4),
      `<c><v>${at % 7}</v></c>`,
    ])
  }
  yield '</sheetData></worksheet>'
}

function* stringsText(count: number): Generator<string> {
  const shared = (text: string) => `<si><t>${escaped(text)}</t></si>`
  yield `<sst>${names.map(shared).join('')}`
  for (let at = 0; at < count; at += 1) {
    const [nummer, soort, , , omschrijving, postcode, stand] = recordOf(at)
    yield [nummer, soort, omschrijving, postcode, stand].map((text) => shared(text!)).join('')
  }
  yield '</sst>'
}

const bodies: { [format in Format]: (count: number) => Readable } = {
  csv: (count) => Readable.from(csvText(count)),
  xlsx: (count) =>
    workbookStream({
      formats: [0, 14],
      parts: {
        'xl/worksheets/sheet1.xml': Readable.from(sheetText(count), { objectMode: false }),
        'xl/sharedStrings.xml': Readable.from(stringsText(count), { objectMode: false }),
      },
    }),
}

const types: { [name: string]: string } = { BEDRAG: 'decimal', DAG: 'date', AANTAL: 'integer' }
const files = {
  'gemaal.yaml':
    'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
  'sources/levering.yaml': `connector: files\nbaseUrl: { env: LEVERING }\nstreams:\n${Object.keys(counts)
    .map(
      (format) => `  ${format}:
    files: '*.${format}'
    format: ${format}
    decimal: ','
    dates: dd-mm-jjjj
    key: NUMMER
    record:
${names.map((name) => `      ${name}: { type: ${types[name] ?? 'text'}, kind: none }`).join('\n')}
`,
    )
    .join('')}`,
  'datasets/levering/csv.yaml': 'from: levering/csv\n',
  'datasets/levering/xlsx.yaml': 'from: levering/xlsx\n',
}

interface Measured {
  cpuMs: number
  tookMs: number
  peakMb: number | null
  balance: { new: number; quarantined: number }
}

const folder = await openFolder()
const delivered = join(folder.path, 'delivered')
await mkdir(delivered)
const postgres = await startPostgres({ folder: folder.path, log: () => {}, settings: { fsync: 'off' } })
try {
  for (const format of Object.keys(counts) as Format[]) {
    const path = join(delivered, `levering.${format}`)
    await pipeline(bodies[format](counts[format]), createWriteStream(path))
    // What was changed just now may still be written.
    await utimes(path, new Date('2026-01-01'), new Date('2026-01-01'))
    const { size } = await stat(path)
    const database = await databaseFor(format)
    const environment = { LEVERING: pathToFileURL(delivered).href }
    const asked = JSON.stringify({ database, files, environment, stream: `levering/${format}` })
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('./one-sync.js', import.meta.url)), asked])
    const { cpuMs, tookMs, peakMb, balance } = JSON.parse(stdout) as Measured
    say(
      `${format}: ${counts[format].toLocaleString('en')} records, ${(size / 1024 / 1024).toFixed(0)} MB: ${seconds(tookMs)} s, ${seconds(cpuMs)} s of CPU, at most ${peakMb} MB (bound ${mostMb}); ${balance.new} landed`,
    )
    if (balance.new !== counts[format] || (peakMb ?? 0) > mostMb) process.exitCode = 1
  }
} finally {
  await postgres.stop()
  await folder.remove()
}

async function databaseFor(format: Format): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`create database bench_${format} template template0`)
  await client.end()
  const database = new URL(postgres.url)
  database.pathname = `/bench_${format}`
  return database.href
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
