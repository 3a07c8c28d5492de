/** Errors of the worker's own. The message says who can mend it. */

/** A processing activity does not allow this run: the period is over, the approval no longer fits, a key is missing or another one. */
export class NotAllowed extends Error {
  override name = 'NotAllowed'
}

/** A rule that the contract sets to `fail` does not hold of what a run read: nothing of that dataset lands. */
export class RuleBroken extends Error {
  override name = 'RuleBroken'
}
