import { readFileSync } from 'node:fs'
import { posix, win32 } from 'node:path'
import { z } from 'zod'
import { Secret } from './secret.js'
import { text, textLike } from './words.js'

/** Variables of a process, given as an argument: `settings.ts` is the one reader of those of this process. */
export type Environment = { readonly [name: string]: string | undefined }

/** Where a value is to be found when it is needed; never the value. */
export type Reference = { env: string } | { file: string }

/** A value as a source file gives it: itself, or where it is to be found. */
export type ConfigValue = string | Reference

const filePath = z.string({ error: 'the path of a file' }).refine((path) => posix.isAbsolute(path) || win32.isAbsolute(path), {
  error: 'the path does not begin at the root; it has to, because a worker loads the project without its folder',
  abort: true,
})

export const reference = z.union(
  [
    z.strictObject({
      env: textLike(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable').describe(
        'Environment variable that holds the value',
      ),
    }),
    z.strictObject({
      file: filePath.describe('File on the machine of the worker that holds the value; a line end at its end is no part of it'),
    }),
  ],
  { error: '{ env: NAME } or { file: path }' },
)

export const configValue = z.union([text, reference], { error: 'text, { env: NAME } or { file: path }' })

/** A value that was found, and where; or the places that were looked at in vain. It is secret until someone reveals it. */
export type Found = { value: Secret; from: string } | { value: undefined; looked: string[] }

/**
 * Finds a value. Looks anew each time, so that a renewed secret file is seen without a restart.
 *
 * @param env variables of the process: `environment()` of settings.ts
 */
export function resolveValue(value: ConfigValue, env: Environment): Found {
  if (typeof value === 'string') return { value: new Secret(value), from: 'the source file' }
  return 'env' in value ? fromVariable(value.env, env) : fromFile(value.file, `file ${value.file}`)
}

/** The variable that holds a credential: `clientId` of `open-zaak` is `GEMAAL_OPEN_ZAAK_CLIENT_ID`. */
export function credentialVariable(source: string, field: string): string {
  return `GEMAAL_${shouted(source)}_${shouted(field)}`
}

/**
 * Finds a credential of a source: as its file says, else in `GEMAAL_<SOURCE>_<FIELD>`, else in the file named by `GEMAAL_<SOURCE>_<FIELD>_FILE`.
 *
 * @returns where nothing is found, each place that was looked at, in that order: for `doctor` and messages
 */
export function findCredential(
  source: { name: string; credentials: { readonly [field: string]: ConfigValue } },
  field: string,
  env: Environment,
): Found {
  const written = source.credentials[field]
  if (written !== undefined) return resolveValue(written, env)
  return fromVariableOrFile(credentialVariable(source.name, field), env)
}

/** Finds the key of a pseudonym domain: `GEMAAL_KEY_<DOMAIN>`, else the file that `GEMAAL_KEY_<DOMAIN>_FILE` names. */
export function findPseudonymKey(domain: string, env: Environment): Found {
  return fromVariableOrFile(`GEMAAL_KEY_${shouted(domain)}`, env)
}

/** The value of a variable, else of the file that `<name>_FILE` names. An empty variable is none. */
export function fromVariableOrFile(name: string, env: Environment): Found {
  const direct = fromVariable(name, env)
  if (direct.value) return direct
  const path = env[`${name}_FILE`]
  if (!path) return { value: undefined, looked: [...direct.looked, `variable ${name}_FILE (not set)`] }
  const read = fromFile(path, `file ${path} (named by ${name}_FILE)`)
  return read.value ? read : { value: undefined, looked: [...direct.looked, ...read.looked] }
}

/**
 * Puts values in place of the references inside a connector's own settings.
 *
 * @returns a copy in which each `{ env }` and `{ file }` is its text, and the places that held nothing
 */
export function resolveInside(value: unknown, env: Environment): { value: unknown; looked: string[] } {
  if (typeof value !== 'object' || value === null) return { value, looked: [] }
  if (isReference(value)) {
    const found = resolveValue(value, env)
    return found.value ? { value: found.value.reveal(), looked: [] } : { value: undefined, looked: found.looked }
  }
  const entries = Object.entries(value).map(([key, item]) => [key, resolveInside(item, env)] as const)
  const looked = entries.flatMap(([, item]) => item.looked)
  if (Array.isArray(value)) return { value: entries.map(([, item]) => item.value), looked }
  return { value: Object.fromEntries(entries.map(([key, item]) => [key, item.value])), looked }
}

export function isReference(value: unknown): value is Reference {
  return reference.safeParse(value).success
}

/** `clientId` and `open-zaak` as part of a variable's name: `CLIENT_ID`, `OPEN_ZAAK`. */
export function shouted(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase()
}

function fromVariable(name: string, env: Environment): Found {
  const value = env[name]
  if (value === undefined || value === '')
    return { value: undefined, looked: [`variable ${name} (${value === undefined ? 'not set' : 'empty'})`] }
  return { value: new Secret(value), from: `variable ${name}` }
}

function fromFile(path: string, place: string): Found {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EACCES' ? 'may not be read' : `cannot be read: ${code}`
    return { value: undefined, looked: [`${place} (${why})`] }
  }
  // Editors and `echo` end a file with a line end, which is no part of a secret.
  const value = content.replace(/\r?\n$/, '')
  return value === '' ? { value: undefined, looked: [`${place} (empty)`] } : { value: new Secret(value), from: place }
}
