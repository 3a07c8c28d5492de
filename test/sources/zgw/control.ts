import type { Call, Controls } from './controls.js'
import { perform } from './controls.js'
import type { Answer } from './routes.js'
import type { Held } from './traffic.js'

/**
 * `POST /__control` with `{ "call": "addZaken", "args": [3] }` calls a control and gives `{ "result": … }`, or 400 and `{ "error": … }`. `hold`
 * gives a number; `{ "call": "arrived", "args": [number] }` answers when a request is held by it, `release` lets it go.
 */
export async function callControl(controls: Controls, body: string): Promise<Answer> {
  try {
    const { call, args = [] } = JSON.parse(body) as { call: keyof Controls | 'arrived' | 'release'; args?: unknown[] }
    return json(200, { result: (await answerOf(controls, call, args)) ?? null })
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) })
  }
}

const holds = new WeakMap<Controls, Held[]>()

async function answerOf(controls: Controls, call: keyof Controls | 'arrived' | 'release', args: unknown[]): Promise<unknown> {
  const held = holds.get(controls) ?? []
  holds.set(controls, held)
  if (call === 'hold') return held.push(controls.hold(args[0] as Parameters<Controls['hold']>[0])) - 1
  if (call !== 'arrived' && call !== 'release') return perform(controls, { call, args } satisfies Call)
  const one = held[Number(args[0])]
  if (one === undefined) throw new Error(`nothing is held by the number ${args[0]}`)
  if (call === 'release') return one.release()
  return one.arrived
}

function json(status: number, body: object): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

/** Calls a control of a server in another process. @throws what the control says */
export async function remoteControl(url: string, call: keyof Controls | 'arrived' | 'release', ...args: unknown[]): Promise<unknown> {
  const answer = await fetch(`${url}/__control`, { method: 'POST', body: JSON.stringify({ call, args }) })
  const { result, error } = (await answer.json()) as { result?: unknown; error?: string }
  if (error !== undefined) throw new Error(error)
  return result
}
