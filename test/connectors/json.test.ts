import fc from 'fast-check'
import { isLosslessNumber, stringify } from 'lossless-json'
import { describe, expect, test } from 'vitest'
import { nextOfLinkHeader, valueAt } from '../../connectors/body.js'
import { charsetOf, decoderOf } from '../../connectors/charset.js'
import { recordsOf } from '../../connectors/json-stream.js'
import { NotJson, parseJson } from '../../connectors/json-text.js'

/** Any JSON, with strings of any code units: half surrogate pairs and NUL among them. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  ),
})
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    anyText,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(anyText, fc.constant('__proto__')), tie('value')),
  ),
})).value

describe('exact numbers', () => {
  test('change nothing else: the text of what was parsed is that of JSON.parse', () => {
    fc.assert(
      fc.property(
        anyJson,
        (value) => stringify(parseJson(JSON.stringify(value), true)) === JSON.stringify(JSON.parse(JSON.stringify(value))),
      ),
    )
  })

  test('keep the text of every number, at any length', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 40 })
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.oneof(
          fc.constant('0'),
          digits.map((text) => `1${text}`),
        ),
        fc.oneof(
          fc.constant(''),
          digits.map((text) => `.${text}`),
        ),
        fc.oneof(
          fc.constant(''),
          digits.map((text) => `E+${text}`),
        ),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const parsed = parseJson(`[${numbers.join(' , ')}]`, true) as unknown[]
        return parsed.every(isLosslessNumber) && parsed.map(String).join() === numbers.join()
      }),
    )
  })

  test.each(['', ' ', '01', '1.', '+1', '.5', 'NaN', '[1,]', '{"a":1,}', "{'a':1}", '[1]x', '"a\nb"', 'undefined'])(
    'what JSON.parse refuses is refused: %j',
    (text) => {
      expect(() => parseJson(text, false)).toThrow(NotJson)
      expect(() => parseJson(text, true)).toThrow(NotJson)
    },
  )

  test('a name such as __proto__ is a name', () => {
    const parsed = parseJson('{"__proto__":{"a":1}}', true) as object
    expect(Object.keys(parsed)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
  })
})

describe('text that breaks off', () => {
  test('is told apart from text that is no JSON: every beginning of an object breaks off', () => {
    fc.assert(
      fc.property(
        fc.dictionary(anyText, anyJson, { minKeys: 1 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.boolean(),
        (value, part, exact) => {
          const text = JSON.stringify(value)
          const cut = text.slice(0, Math.max(1, Math.floor(text.length * part)))
          try {
            parseJson(cut, exact)
            return false
          } catch (error) {
            return error instanceof NotJson && error.cutOff
          }
        },
      ),
    )
  })

  test.each(['<html>', 'Bad request', '[1]]', '{"a":1}x'])('%s does not', (text) => {
    expect(() => parseJson(text, false)).toThrow(expect.objectContaining({ cutOff: false }))
  })
})

test('a list is the same however its bytes are cut, in any charset', async () => {
  const records = fc.array(fc.dictionary(fc.constantFrom('a', 'é', '€'), fc.string({ unit: 'grapheme' })), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
      fc.constantFrom('utf8' as const, 'utf16le' as const),
      fc.boolean(),
      async (list, sizes, encoding, marked) => {
        const bytes = Buffer.from(`${marked ? '\uFEFF' : ''}{"data":${JSON.stringify(list)}}`, encoding)
        async function* pieces() {
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length]!
            yield bytes.subarray(at, at + size)
            at += size
          }
        }
        const read: object[] = []
        for await (const chunk of recordsOf(pieces(), { at: 'data', exact: false, contentType: undefined, maxRecordBytes: 1_000_000 }))
          read.push(...chunk)
        expect(read).toEqual(list)
      },
    ),
  )
})

describe('the charset of a body', () => {
  test.each([
    ['application/json', 'utf-8'],
    ['application/json; charset=ISO-8859-1', 'windows-1252'],
    ['application/json;charset="UTF-16"', 'utf-16le'],
    ['application/json; charset=klingon', 'utf-8'],
    [undefined, 'utf-8'],
  ])('%s is %s', (contentType, charset) => {
    expect(charsetOf(Buffer.from('[]'), contentType)).toBe(charset)
  })

  test('is told by its bytes where they tell', () => {
    expect(charsetOf(Buffer.from('\uFEFF[]'), 'text/plain; charset=windows-1252')).toBe('utf-8')
    expect(charsetOf(Buffer.from('[]', 'utf16le'), undefined)).toBe('utf-16le')
    expect(charsetOf(Buffer.from('[]', 'utf16le').swap16(), undefined)).toBe('utf-16be')
  })

  test('of Windows has all its letters', () => {
    expect(decoderOf('windows-1252').decode(Buffer.from([0x80, 0x8e, 0x99, 0x9f, 0xa0, 0xeb, 0x41]))).toBe('€Ž™Ÿ\u00a0ëA')
  })
})

describe('bytes that are no text in their charset', () => {
  // Of two kinds, so that runs of letters and broken ones meet.
  const anyBytes = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 3 }).map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 3 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => Buffer.concat(parts))
  const inPieces = (charset: string, bytes: Buffer, size: number) => {
    const decoder = decoderOf(charset)
    let text = ''
    for (let at = 0; at < bytes.length; at += size) text += decoder.decode(bytes.subarray(at, at + size), { stream: true })
    return text + decoder.decode()
  }

  test('are halves of pairs that say which they were, and the others are read as ever', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = decoderOf('utf-8').decode(bytes)
        const again = [...text].map((char) =>
          /\p{Surrogate}/u.test(char) ? Buffer.from([char.charCodeAt(0) - 0xdc00]) : Buffer.from(char),
        )
        const marked = bytes.subarray(0, 3).equals(Buffer.from('\uFEFF'))
        expect(Buffer.concat(again)).toEqual(marked ? bytes.subarray(3) : bytes)
      }),
      { numRuns: 2000 },
    )
  })

  test('are found in just the texts that are not well formed', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        let valid: string | undefined
        try {
          valid = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
        } catch {
          // Then it has to say so.
        }
        const text = decoderOf('utf-8').decode(bytes)
        expect(text.isWellFormed() ? text : undefined).toBe(valid)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'])('are the same however they are cut (%s)', (charset) => {
    fc.assert(
      fc.property(anyBytes, fc.integer({ min: 1, max: 5 }), (bytes, size) => {
        expect(inPieces(charset, bytes, size)).toBe(decoderOf(charset).decode(bytes))
      }),
      { numRuns: 500 },
    )
  })

  test('stay so through either parser, and a replacement character of the source stays what it is', async () => {
    const bytes = Buffer.concat([Buffer.from('[{"a":"Zo'), Buffer.from([0xeb]), Buffer.from('","b":"\uFFFD 😀"}]')])
    const whole = [{ a: 'Zo\udceb', b: '\uFFFD 😀' }]
    for (const exact of [true, false]) {
      expect(parseJson(decoderOf('utf-8').decode(bytes), exact)).toEqual(whole)
      const options = { exact, contentType: undefined, maxRecordBytes: 1000 }
      const read: object[] = []
      for await (const chunk of recordsOf(
        (async function* () {
          for (const byte of bytes) yield Uint8Array.of(byte)
        })(),
        options,
      ))
        read.push(...chunk)
      expect(read).toEqual(whole)
    }
  })
})

test('a text that begins with the character of the byte order mark keeps it, by either parser', async () => {
  const list = [{ a: '\uFEFFa', '\uFEFFb': 'x\uFEFF', c: '\n\uFEFF' }]
  for (const exact of [true, false]) {
    expect(parseJson(JSON.stringify(list), exact)).toEqual(list)
    const bytes = (async function* () {
      yield Buffer.from(JSON.stringify(list))
    })()
    for await (const read of recordsOf(bytes, { exact, contentType: undefined, maxRecordBytes: 1000 })) expect(read).toEqual(list)
  }
})

describe('a place in a body', () => {
  const body = {
    a: { b: 1, 'c.d': 2 },
    '@odata.nextLink': 'x',
    links: [
      { rel: 'self', href: 's' },
      { rel: 'next', href: 'n' },
    ],
    leeg: null,
  }
  test.each<[string, unknown]>([
    ['a.b', 1],
    ['a.c.d', 2],
    ['@odata.nextLink', 'x'],
    ['links[rel=next].href', 'n'],
    ['links[rel=last].href', undefined],
    ['leeg.x', undefined],
    ['a.x', undefined],
    ['toString', undefined],
    ['leeg', null],
  ])('%s', (place, value) => {
    expect(valueAt(body, place)).toBe(value)
  })

  test.each([
    ['<a?x=1,2>; rel="next"', 'a?x=1,2'],
    ['<a>; rel=prev, <b>; title="x, y"; rel="last next"', 'b'],
    ['<a>; REL=Next', 'a'],
    ['<a>; rel="nextish"', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('the next link of %s', (header, link) => {
    expect(nextOfLinkHeader(header)).toBe(link)
  })
})
