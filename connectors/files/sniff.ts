/** A guess at the form of a file from its first bytes. For a proposal only. */
import { decodeText } from '../charset.js'
import type { FilesClient, SourceFileFound } from '../connector.js'
import type { Format, StreamSettings } from './settings.js'

export type Sniffed = Partial<Pick<StreamSettings, 'charset' | 'delimiter' | 'decimal' | 'records'>>

const enough = 64 * 1024

export async function sniff(files: FilesClient, { path }: SourceFileFound, format: Format): Promise<Sniffed> {
  if (format !== 'csv' && format !== 'json' && format !== 'xml') return {}
  const start = await beginningOf(files, path)
  if (format === 'csv') return sniffCsv(start)
  const text = decodeText(start, undefined)
  const records =
    format === 'json'
      ? /^\s*\{.*?"([^"]+)"\s*:\s*\[\s*\{/s.exec(text)?.[1]
      : // The element inside the root.
        /<(?:[\w.-]+:)?[\w.-]+(?:\s[^>]*)?>\s*(?:<!--.*?-->\s*)*<(?:[\w.-]+:)?([\w.-]+)/s.exec(text.replace(/<\?.*?\?>/gs, ''))?.[1]
  return records === undefined ? (format === 'xml' ? { records: 'record' } : {}) : { records }
}

async function beginningOf(files: FilesClient, path: string): Promise<Uint8Array> {
  let start = Buffer.alloc(0)
  for await (const piece of files.read(path)) {
    start = Buffer.concat([start, piece])
    if (start.length >= enough) break
  }
  return start.subarray(0, enough)
}

/** What is left out is as the form says when it is left out. */
function sniffCsv(start: Uint8Array): Sniffed {
  const isUtf16 = start[0] === 0xff || start[0] === 0xfe
  // Cut in the middle of a character it is still UTF-8.
  const text = isUtf16
    ? decodeText(start, undefined)
    : Buffer.from(start)
        .toString('utf8')
        .replace(/\uFFFD$/, '')
  const charset = isUtf16 ? 'utf-16' : text.includes('\uFFFD') ? 'windows-1252' : undefined
  const [header = ''] = text.replace(/"[^"]*"/g, '').split(/\r?\n/, 1)
  const counts = [';', ',', '\t', '|'].map((each) => ({ each, count: header.split(each).length }))
  const { each } = counts.reduce((most, next) => (next.count > most.count ? next : most))
  const decimal = each !== ',' && new RegExp(`(^|[${each}\n])"?-?[\\d.]*\\d,\\d+"?($|[${each}\r\n])`, 'm').test(text) ? ',' : undefined
  return {
    ...(charset && { charset }),
    ...(each !== ';' && { delimiter: each === '\t' ? 'tab' : each }),
    ...(decimal && { decimal }),
  } as Sniffed
}
