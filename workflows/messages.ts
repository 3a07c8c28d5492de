/**
 * What goes through Temporal: ids, counts and names. No record, key, cursor or secret, since histories are kept and read by many.
 */

/** One run of one sync. */
export interface SyncInput {
  source: string
  sync: string
  /** Left out: the streams of the sync. */
  streams?: string[]
  /** Left out: what the sync says. */
  reading?: 'full' | 'changes'
  /** Reads only these days, of the streams whose source can select by them; the others whole. */
  window?: { from?: string; to?: string }
  trigger: 'schedule' | 'manual' | 'backfill'
  askedBy: string
}

export interface OpenedSync {
  runId: number
  /** Streams in the order in which they may be read: all of a level at once. */
  levels: { stream: string; reading: 'full' | 'changes' }[][]
  /** After so many milliseconds without success a stream is incomplete. */
  giveUpAfterMs: number
  /** A dataset of the source has rules on references. Left out where none has, and by versions that knew none. */
  references?: true
}

export interface StreamInput {
  runId: number
  source: string
  stream: string
  reading: 'full' | 'changes'
  window?: { from?: string; to?: string }
  giveUpAfterMs: number
}

/** Which opening of the stream in its workflow: the second one reads `full` when the checkpoint of the first had expired. */
export type Opening = 1 | 2

export interface OpenedStream {
  streamRunId: number
  slices: number
  /** Slices read at the same time. */
  atOnce: number
}

/** How a stream ended. */
export interface StreamResult {
  stream: string
  status: 'published' | 'held' | 'incomplete' | 'failed' | 'cancelled' | 'abandoned'
}

export interface SyncResult {
  runId: number
  status: string
  streams: StreamResult[]
}

/** Keys to re-read: those of open quarantine entries, of a hold on deletes, those that rows of a run refer to and that stand nowhere, or those that the source said have changed. */
export interface ByKeyInput {
  source: string
  stream: string
  from:
    | { quarantine: number[] }
    | { kept: number[]; dataset: string }
    | { hold: number; forbiddenLeaves: boolean }
    | { references: number }
    | { notified: true }
  trigger: 'replay' | 'release' | 'references' | 'notificatie'
  askedBy: string
  /** Left out: a day. */
  giveUpAfterMs?: number
}

export interface NotifiedInput {
  source: string
}

export interface ReleaseInput {
  hold: number
  source: string
  stream: string
  /** What a person decided about rights that changed: rows that we may not see any more leave too. */
  forbiddenLeaves: boolean
  askedBy: string
}

/** Ends of a stream that its workflow knows and the warehouse does not yet. */
export interface StreamEnding {
  /** Left out: its opening was never answered. */
  streamRunId?: number
  /** Left out with `streamRunId`: the workflow of the stream ended without a word, and its run tells. */
  opening?: Opening
  runId: number
  source: string
  stream: string
  reading: 'full' | 'changes' | 'by-key'
  status: StreamResult['status']
  errorCode?: string
  errorMessage?: string
}

/** How the run of a workflow ended that never got as far as its streams. */
export interface EarlyEnding {
  cancelled: boolean
  errorCode?: string
  errorMessage?: string
}

/** What the workflows call; `worker/temporal-activities.ts` has them. */
export interface Activities {
  openSync(input: SyncInput): Promise<OpenedSync>
  noteQueued(input: { runId: number; source: string; stream: string }): Promise<void>
  openStream(input: StreamInput & { opening: Opening }): Promise<OpenedStream>
  readSlice(input: { streamRunId: number; slice: number }): Promise<{ read: number; shortBy: number }>
  verifyAndPublish(input: { streamRunId: number }): Promise<{ held: boolean }>
  endStream(input: StreamEnding): Promise<void>
  /** For a run that is not on record, too. */
  endUnbegun(input: EarlyEnding): Promise<void>
  closeSync(input: { runId: number; cancelled: boolean }): Promise<{ status: string }>
  openByKey(input: ByKeyInput): Promise<{ runId: number; streamRunId: number } | undefined>
  /** Streams of which the source said that records changed, parents before children; `more` than one run by key takes. */
  notifiedStreams(input: NotifiedInput): Promise<{ streams: { stream: string; more: boolean }[] }>
  publishHeld(input: ReleaseInput): Promise<{ byKey: boolean }>
  /** Streams of which rows of the run refer to records that stand nowhere, and that can be asked for once they had time to arrive. */
  missingReferences(input: { runId: number }): Promise<{ streams: string[]; waitMs: number }>
  judgeReferences(input: { runId: number }): Promise<{ broken: number; unknown: number }>
}
