/** `gemaal discover <source>`: the streams of a source; for one whose streams are known only there, proposals for its file. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadSnapshot } from '../config/load.js'
import type { Project } from '../config/project.js'
import type { SourceFile } from '../config/source.js'
import type { Connector, JsonObject, StreamProposal } from '../connectors/connector.js'
import { findConnectors, streamsOf } from '../connectors/load.js'
import { openStream } from '../connectors/stream.js'
import type { CommandContext } from './context.js'
import { compareProposals, entryOf, streamsText, withStreams } from './discovery.js'
import { exit, UsageError } from './exit.js'
import { replaceFile } from './files.js'
import { datasetsOf, notThere } from './project-here.js'
import { openReading } from './reading.js'
import { streamLine, streamText } from './stream-words.js'

export async function run(context: CommandContext, [name = '']: string[], options: { write?: boolean }): Promise<number> {
  const { out } = context
  const planned = await context.plan()
  const { project } = planned
  const file = project.sources.get(name)
  if (!file) throw notThere('source', name, [...project.sources.keys()])
  const connectors = await findConnectors({ project: project.files, cache: `${context.folder}/connectors` })
  const connector = await connectors.get(file.connector)
  const taken = new Map<string, string[]>()
  for (const { plan, from } of datasetsOf(planned.plan))
    for (const stream of from) taken.set(stream, [...(taken.get(stream) ?? []), plan.name])
  if (connector.discover) return propose(context, project, file, connector, options.write === true)
  if (options.write)
    throw new UsageError(
      `connector '${file.connector}' does not propose streams${typeof connector.streams === 'function' ? '; state them by hand' : ': it knows them itself, and they need no entry in the source file'}`,
    )
  const streams = streamsOf(connector, { settings: file.settings as JsonObject, streams: file.streams as { [name: string]: JsonObject } })
  const lines = Object.keys(streams).map((stream) => ({
    ...streamLine(openStream(stream, streams)),
    datasets: taken.get(`${name}/${stream}`) ?? [],
  }))
  if (out.json) out.data(lines)
  else {
    for (const line of lines) {
      const datasets =
        line.datasets.length > 0 ? line.datasets.join(', ') : `none; gemaal dataset add <schema>.<dataset> --from ${name}/${line.stream}`
      out.data(`${[...streamText(line), `  datasets  ${datasets}`].join('\n')}\n`)
    }
  }
  return exit.good
}

async function propose(context: CommandContext, project: Project, file: SourceFile, connector: Connector, write: boolean): Promise<number> {
  const { out } = context
  const stop = new AbortController()
  const interrupt = () => stop.abort(new Error('interrupted'))
  process.once('SIGINT', interrupt)
  const reading = openReading(context, { project, file, connector, stream: { name: 'discover', exact: false } })
  let proposals: { [stream: string]: StreamProposal }
  try {
    proposals = await connector.discover!(reading.context(stop.signal), file.streams as { [stream: string]: JsonObject })
  } finally {
    process.removeListener('SIGINT', interrupt)
    reading.close()
  }
  const { fresh, differ } = compareProposals(proposals, file.streams)
  const chosen = Object.fromEntries(fresh.map((stream) => [stream, proposals[stream]!]))
  if (out.json)
    out.data({
      source: file.name,
      proposals: Object.fromEntries(Object.entries(chosen).map(([s, p]) => [s, entryOf(p)])),
      offers: Object.fromEntries(Object.entries(proposals).flatMap(([s, { offers }]) => (offers ? [[s, offers]] : []))),
      differ,
      written: write && fresh.length > 0,
    })
  else {
    for (const [stream, { offers = [] }] of Object.entries(proposals))
      if (offers.length > 0) out.data([`${stream}:`, ...offers.map((line) => `  ${line}`)].join('\n'))
    if (!write && fresh.length > 0) out.data(streamsText(chosen))
  }
  for (const { stream, added, gone } of differ) {
    if (added.length > 0) out.say(`${stream}: the source has fields that ${file.file} does not state: ${added.join(', ')}`)
    if (gone.length > 0) out.say(`${stream}: ${file.file} states fields that the source has no more: ${gone.join(', ')}`)
  }
  for (const [stream, { key }] of Object.entries(chosen))
    if (key?.length === 0) out.say(`${stream}: the source does not say what its key is; state it`)
  if (fresh.length === 0) {
    out.say(
      differ.length === 0
        ? `${file.file} states every stream that the source offers.`
        : `${file.file} states every stream; the differences are yours to take over.`,
    )
    return exit.good
  }
  if (!write) out.say(`${fresh.length} of ${Object.keys(proposals).length} streams are not in ${file.file} yet; --write puts them there.`)
  else {
    await putStreams(project, file, chosen)
    out.say(`${file.file} has ${fresh.length} more streams: ${fresh.join(', ')}.`)
  }
  if (Object.values(chosen).some(({ record }) => record))
    out.say('State the kind of each field that is to land (none, bsn, naam, …): without one it does not.')
  return exit.good
}

/** Writes the entries into the source file, when the project is as good with them as it was. */
async function putStreams(project: Project, file: SourceFile, proposals: { [stream: string]: StreamProposal }): Promise<void> {
  const path = join(project.folder!, file.file)
  const text = withStreams(await readFile(path, 'utf8'), proposals)
  if (text === undefined)
    throw new UsageError(
      `'streams' in ${file.file} stands on one line, between braces; write it as a block, one stream below the other, and try again`,
    )
  loadSnapshot({ ...project.files, [file.file]: text })
  await replaceFile(path, text)
}
