/**
 * Numbers that look random and are the same each time for the same seed, on every machine.
 *
 * @see sfc32, "PractRand", Chris Doty-Humphrey
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = 0x9e3779b9
    this.#c = 0x243f6a88
    // The first numbers still show the seed.
    for (let i = 0; i < 12; i++) this.uint32()
  }

  /** 0..4294967295 */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** 0 inclusive .. 1 exclusive */
  fraction(): number {
    return this.uint32() / 4294967296
  }

  /** An integer from `least` up to and including `most`. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.fraction() < share
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.fraction() * choices.length)]!
  }

  /**
   * A UUID of version 4 in lower case. It never holds nine digits in a row, so that a search for a BSN cannot find a key.
   */
  uuid(): string {
    for (let word = 0; word < 4; word++) {
      const bits = this.uint32()
      for (let byte = 0; byte < 4; byte++) writeByte(word * 4 + byte, (bits >>> (byte * 8)) & 0xff)
    }
    text[14] = 0x34
    text[19] = variants[text[19]! & 3]!
    // The only part that is longer than eight: a letter in its middle.
    text[29] = letters[text[29]! & 3]!
    return text.toString('latin1')
  }
}

// One buffer for all: a hundred thousand texts put together from parts would take ten times the memory.
const text = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1')
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]
const digits = Buffer.from('0123456789abcdef', 'latin1')
const variants = Buffer.from('89ab', 'latin1')
const letters = Buffer.from('acdf', 'latin1')

function writeByte(index: number, byte: number): void {
  text[places[index]!] = digits[byte >>> 4]!
  text[places[index]! + 1] = digits[byte & 15]!
}

/** A number of 32 bits that differs in half its bits when one of the two differs in one: the order of a sort without tie-break. */
export function scatter(value: number, salt: number): number {
  let mixed = Math.imul(value ^ Math.imul(salt, 0x85ebca6b), 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

/** Whether nine digits pass the 11-test that BSN and RSIN share. All zeros pass too. */
export function passesElevenTest(digits: string): boolean {
  if (!/^[0-9]{9}$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < 8; i++) sum += (9 - i) * Number(digits[i])
  return (sum - Number(digits[8])) % 11 === 0
}

/** Numbers of nine digits that begin with `prefix` and pass the 11-test, in order. */
export function* elevenTestNumbers(prefix: string): Generator<string, void, undefined> {
  const free = 9 - prefix.length
  for (let n = 0; n < 10 ** free; n++) {
    const digits = prefix + String(n).padStart(free, '0')
    if (passesElevenTest(digits)) yield digits
  }
}
