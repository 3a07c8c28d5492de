/** Capitals of the letters a to z alone: of another script some become one of these, and a number is never written with those. */
export function capitals(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}
