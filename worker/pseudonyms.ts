/**
 * Pseudonyms: HMAC-SHA-256 of a normalised value under the key of a domain, with the key's id in front. Same domain: joinable; another
 * domain: not. The key stays outside the warehouse; only its fingerprint is in the control schema.
 *
 * @see EDPB Guidelines 01/2025 on pseudonymisation
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { PersonalKind } from '../config/kinds.js'

/** A key as it is given in `GEMAAL_KEY_<DOMAIN>`: `<id>:<32 bytes in base64url>`. */
export interface PseudonymKey {
  domain: string
  /** 2..8 lower-case letters and digits; in front of every pseudonym, so that a value says by which key it was made. */
  id: string
  secret: Buffer
}

const keyForm = /^([a-z][a-z0-9]{1,7}):([A-Za-z0-9_-]{43})=?$/

/** Reads a key; undefined when the text has not the form of one. The text itself is never part of a message. */
export function readPseudonymKey(domain: string, text: string): PseudonymKey | undefined {
  const parts = keyForm.exec(text.trim())
  return parts ? { domain, id: parts[1]!, secret: Buffer.from(parts[2]!, 'base64url') } : undefined
}

/** A new key for a domain. `generation` counts from 1 and makes the id: `sociaal` → `so1`. */
export function newPseudonymKey(domain: string, generation = 1): string {
  const letters = domain
    .toLowerCase()
    .replace(/[^a-z]/g, '')
    .slice(0, 2)
    .padEnd(2, 'x')
  return `${letters}${generation}:${randomBytes(32).toString('base64url')}`
}

/** 16 hex digits that identify a key without telling it. */
export function fingerprintOf(key: PseudonymKey): string {
  return createHash('sha256').update('gemaal pseudonym key\0').update(key.secret).digest('hex').slice(0, 16)
}

// Values come back often (one person has many zaken); a bounded memory spares the HMAC.
const remembered = 20_000

/** Makes pseudonyms of one domain: `<key id>_<43 characters base64url>`. */
export function pseudonymiser(key: PseudonymKey): (value: string, kind: PersonalKind) => string {
  const memory = new Map<string, string>()
  return (value, kind) => {
    const normal = normalise(value, kind)
    const known = memory.get(normal)
    if (known) return known
    const made = `${key.id}_${createHmac('sha256', key.secret).update(normal).digest('base64url')}`
    if (memory.size >= remembered) memory.clear()
    memory.set(normal, made)
    return made
  }
}

/** The form in which equal values are equal, before they are hashed. Twice is once. */
export function normalise(value: string, kind: PersonalKind): string {
  switch (kind) {
    case 'bsn': {
      const digits = value.replace(/[\s.-]/g, '')
      // 012345672 and 12345672 are one person: some systems drop the zero.
      return /^\d{1,9}$/.test(digits) ? digits.padStart(9, '0') : digits
    }
    case 'postcode':
    case 'kenteken':
    case 'rekening':
      return value.replace(/[\s.-]/g, '').toUpperCase()
    case 'contact':
      return value.includes('@') ? value.trim().toLowerCase() : value.replace(/[\s().-]/g, '')
    default:
      return value.trim().replace(/\s+/g, ' ').normalize('NFC')
  }
}
