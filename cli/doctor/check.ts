/** One thing that `doctor` looked at, and what it found. */
import { type ExitCode, exit } from '../exit.js'

export interface Check {
  /** `machine`, `project`, `warehouse`, `temporal`, `keys`, or `source <name>`. */
  area: string
  result: 'ok' | 'warning' | 'problem'
  says: string
  /** What a person does about it. */
  fix?: string
  /** Of a problem: the code with which `doctor` ends. */
  code?: ExitCode
}

/** Gathers the checks of one area. */
export class Checks {
  readonly all: Check[] = []
  readonly #area: string

  constructor(area: string) {
    this.#area = area
  }

  ok(says: string): void {
    this.all.push({ area: this.#area, result: 'ok', says })
  }

  warning(says: string, fix: string): void {
    this.all.push({ area: this.#area, result: 'warning', says, fix })
  }

  problem(says: string, fix: string, code: ExitCode = exit.configuration): void {
    this.all.push({ area: this.#area, result: 'problem', says, fix, code })
  }
}

/** The code of the problem that a person mends first: what is set wrong explains much of the rest. */
export function codeOf(checks: readonly Check[]): ExitCode {
  const codes = new Set(checks.map((c) => c.code))
  return [exit.configuration, exit.warehouse, exit.source, exit.failed].find((code) => codes.has(code)) ?? exit.good
}

/** The message of an error without a full stop at its end. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}

/** A difference of clocks in words, as seen from this machine. */
export function clockWords(offMs: number): string {
  const seconds = Math.round(Math.abs(offMs) / 1000)
  return seconds === 0 ? 'agrees with this machine' : `is ${seconds} s ${offMs > 0 ? 'ahead of' : 'behind'} this machine`
}
