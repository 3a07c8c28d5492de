import type { Context } from './connector.js'

/** Runs `read` for each of many, a few at a time, and gives the results in order. Real servers have two to four processes. */
export async function* inOrder<T, R>(
  many: readonly T[],
  read: (one: T) => Promise<R>,
  { signal }: Pick<Context, 'signal'>,
): AsyncGenerator<R, void, undefined> {
  const atOnce = 4
  for (let at = 0; at < many.length; at += atOnce) {
    signal.throwIfAborted()
    yield* await Promise.all(many.slice(at, at + atOnce).map(read))
  }
}
