/** A Dockerfile as far as ours goes: its instructions in their order. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Instruction {
  /** Stages count from 0. */
  stage: number
  name: string
  /** As written, on one line. */
  rest: string
}

export function readDockerfile(folder: string): Instruction[] {
  const text = readFileSync(join(folder, 'Dockerfile'), 'utf8')
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
  let stage = -1
  return lines.map((line) => {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (name === 'FROM') stage += 1
    return { stage, name, rest }
  })
}

/** What a stage copies out of the checkout: each source with the place it goes to. */
export function copies(instruction: Instruction): { from: string; to: string }[] {
  const words = instruction.rest.split(/\s+/)
  if (instruction.name !== 'COPY' || words[0]!.startsWith('--from')) return []
  const to = words.at(-1)!
  return words.slice(0, -1).map((from) => ({ from, to: to.endsWith('/') ? join(to, from) : to }))
}

/** The variables that the last stage sets. */
export function variables(instructions: readonly Instruction[]): { [name: string]: string } {
  const last = instructions.at(-1)!.stage
  const set = instructions.filter(({ stage, name }) => stage === last && name === 'ENV').flatMap(({ rest }) => rest.split(/\s+/))
  return Object.fromEntries(set.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]))
}
