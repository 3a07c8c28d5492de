/** The order of shaped values. */

/** By code units: of days, and of moments in UTC, that is the order of time. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Orders two plain decimals exactly. */
export function compareDecimals(a: string, b: string): number {
  const negative = a.startsWith('-')
  if (negative !== b.startsWith('-')) return negative ? -1 : 1
  const [wholeA = '', fractionA = ''] = a.replace('-', '').split('.')
  const [wholeB = '', fractionB = ''] = b.replace('-', '').split('.')
  const places = Math.max(fractionA.length, fractionB.length)
  const digits = Math.max(wholeA.length, wholeB.length)
  const order = compareTexts(
    wholeA.padStart(digits, '0') + fractionA.padEnd(places, '0'),
    wholeB.padStart(digits, '0') + fractionB.padEnd(places, '0'),
  )
  return negative ? -order : order
}
