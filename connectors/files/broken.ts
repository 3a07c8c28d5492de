/** A file, or the rest of one, that cannot be read. Says what is wrong with its form and nothing of what stands in it. */
export class Broken extends Error {
  /** Where: `line 12`, `row 3`; undefined where it is the file as a whole. */
  readonly at: string | undefined
  constructor(message: string, at?: string) {
    super(message)
    this.at = at
  }
}
