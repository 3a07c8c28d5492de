/** `gemaal connector test <name>`: whether a connector keeps to its contract, by its recordings or on a live source. */
import { join } from 'node:path'
import { connectorChecks, lastChecks, streamChecks } from '../connectors/conformance/checks.js'
import { liveChecks } from '../connectors/conformance/live.js'
import { Suite } from '../connectors/conformance/suite.js'
import type { Connector, Stream } from '../connectors/connector.js'
import { SourceUnavailable } from '../connectors/errors.js'
import { checkRecording, recordingSentence } from '../connectors/recordings/checks.js'
import { playable, recordedFixture } from '../connectors/recordings/fixture.js'
import { readRecordings } from '../connectors/recordings/folder.js'
import { openStream } from '../connectors/stream.js'
import { type ConnectorHome, connectorHome } from './connector-home.js'
import { Enough, lookAt } from './connector-source.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { notThere } from './project-here.js'

interface Outcome {
  /** Undefined for what holds for the connector as a whole. */
  stream: string | undefined
  sentence: string
  outcome: 'holds' | 'fails' | 'nothing to look at'
  why: string | undefined
}

/** A stream of a live source is asked no more than this by one check. */
const mostRequests = 10

export async function run(context: CommandContext, [name = '']: string[], options: { source?: string }): Promise<number> {
  const { out } = context
  const home = await connectorHome(context)
  if (!home.connectors.names.includes(name)) throw notThere('connector', name, home.connectors.names)
  const connector = await home.connectors.get(name)
  const tell = (outcome: Outcome) => {
    if (!out.json) out.data(lineOf(outcome))
  }
  const { outcomes, requests } =
    options.source === undefined
      ? { outcomes: await onRecordings(connector, join(home.root, home.recordingsOf(name)), tell), requests: undefined }
      : await onSource(context, home, name, options.source, tell)
  if (outcomes.length === 0)
    throw new UsageError(
      `connector '${name}' has no streams to test by recordings: ${typeof connector.streams === 'function' ? 'they are known at the source alone' : 'code reads all of them'}. \`--source <source>\` tries it on a source of the project.`,
    )
  const failed = outcomes.filter(({ outcome }) => outcome === 'fails').length
  const held = outcomes.filter(({ outcome }) => outcome === 'holds').length
  if (out.json) out.data({ connector: name, source: options.source, requests, checks: outcomes })
  const sent = requests === undefined ? '' : ` ${requests} ${requests === 1 ? 'request was' : 'requests were'} sent to '${options.source}'.`
  out.say(`${name}: ${held} checks hold, ${failed} fail, ${outcomes.length - held - failed} have nothing to look at.${sent}`)
  return failed > 0 ? exit.failed : exit.good
}

const signs: { readonly [outcome in Outcome['outcome']]: string } = { holds: 'holds', fails: 'FAILS', 'nothing to look at': '–' }

function lineOf({ stream, sentence, outcome, why }: Outcome): string {
  return `${signs[outcome].padEnd(6)}${stream === undefined ? '' : `${stream} `}${sentence}${why === undefined ? '' : `: ${why}`}`
}

async function onRecordings(connector: Connector, folder: string, tell: (outcome: Outcome) => void): Promise<Outcome[]> {
  const recordings = await readRecordings(folder)
  const { streams, left } = playable(connector)
  if (streams.length > 0 && Object.keys(recordings).length === 0)
    throw new UsageError(
      `there are no recordings to test by; \`gemaal connector record <source>/${streams[0]}\` makes one, and \`--source <source>\` tries the connector on a source of the project`,
    )
  const outcomes: Outcome[] = []
  const add = async (stream: string | undefined, sentence: string, look: () => Promise<string | undefined>) => {
    const outcome = await outcomeOf(stream, sentence, look)
    outcomes.push(outcome)
    tell(outcome)
  }
  for (const [stream, why] of Object.entries(left)) await add(stream, 'is played from its recording', async () => why)
  if (streams.length === 0) return outcomes
  const suite = await Suite.open(recordedFixture(connector, recordings))
  try {
    for (const { sentence, run } of connectorChecks) await add(undefined, sentence, () => run(suite))
    for (const stream of streams) {
      await add(stream, recordingSentence, async () => {
        checkRecording(openStream(stream, connector.streams as { readonly [name: string]: Stream }), recordings[stream])
        return undefined
      })
      // Of a list without records everything holds, which says nothing.
      if (!(stream in recordings)) continue
      for (const { sentence, run } of streamChecks) await add(stream, sentence, () => run(suite, stream))
    }
    for (const { sentence, run } of lastChecks) await add(undefined, sentence, () => run(suite))
  } finally {
    await suite.close()
  }
  return outcomes
}

async function onSource(
  context: CommandContext,
  home: ConnectorHome,
  connector: string,
  source: string,
  tell: (outcome: Outcome) => void,
): Promise<{ outcomes: Outcome[]; requests: number }> {
  const looked = await lookAt(context, home, source)
  const outcomes: Outcome[] = []
  try {
    if (looked.connector !== connector)
      throw new UsageError(`source '${source}' is read by connector '${looked.connector}', not by '${connector}'`)
    for (const stream of Object.values(looked.streams)) {
      for (const { sentence, run } of liveChecks) {
        const outcome = await outcomeOf(stream.name, sentence, () => run(stream, looked.context(stream, mostRequests)))
        outcomes.push(outcome)
        tell(outcome)
      }
    }
    return { outcomes, requests: looked.sent() }
  } finally {
    looked.close()
  }
}

/**
 * An error of the connector fails the check that met it; the others go on.
 *
 * @throws SourceUnavailable
 */
async function outcomeOf(stream: string | undefined, sentence: string, look: () => Promise<string | undefined>): Promise<Outcome> {
  try {
    const why = await look()
    return { stream, sentence, outcome: why === undefined ? 'holds' : 'nothing to look at', why }
  } catch (error) {
    if (error instanceof Enough)
      return { stream, sentence, outcome: 'nothing to look at', why: `${mostRequests} requests do not reach it, and more are not sent` }
    // A source that is away says nothing of its connector.
    if (error instanceof SourceUnavailable || !(error instanceof Error)) throw error
    return { stream, sentence, outcome: 'fails', why: error.message }
  }
}
