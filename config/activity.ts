import { z } from 'zod'
import {
  isSpecial,
  type PersonalKind,
  personalKinds,
  type SpecialKind,
  specialKinds,
  type Treatment,
  treatments,
  treatmentsOf,
} from './kinds.js'
import { nearestWord } from './problem.js'
import { day, email, kebabName, list, text, textLike } from './words.js'

/** The six legal bases of AVG article 6(1), a to f. */
export const bases = [
  'toestemming',
  'overeenkomst',
  'wettelijke verplichting',
  'vitale belangen',
  'algemeen belang',
  'gerechtvaardigd belang',
] as const
export type Basis = (typeof bases)[number]

// Both rest on a law (AVG article 6(3)), so the register has to name it.
const basesInLaw: readonly Basis[] = ['wettelijke verplichting', 'algemeen belang']

export const activityForm = z
  .strictObject({
    register: text.optional().describe("Number in the municipality's own register of processing activities"),
    purpose: text.describe('What the data is used for (AVG article 5(1)(b))'),
    basis: z.enum(bases).describe('Legal basis: one of the six of AVG article 6(1)'),
    law: text.optional().describe('Law and article on which the basis rests'),
    subjects: list(text).default([]).describe('Whose data it is'),
    owner: text.optional().describe('Who answers for the activity'),
    from: day.optional().describe('First day: a run before it is refused'),
    until: day.describe('Last day: a run after it is refused'),
    personal: z
      .partialRecord(z.enum(personalKinds), z.enum(treatments))
      .default({})
      .describe('The most that may land, by kind of personal data; what is not named is dropped'),
    special: list(z.enum(specialKinds)).default([]).describe('Kinds of AVG articles 9 and 10 that are allowed; none by default'),
    domain: kebabName.optional().describe('Pseudonym domain: datasets of one domain can be joined; left out: this activity alone'),
    readers: list(textLike(/^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/, 'the name of a group in the database'))
      .default([])
      .describe("Database groups that get the activity's role"),
    log: z.enum(['register', 'run', 'subject']).default('register').describe('How much Logboek Dataverwerkingen records'),
    approved: z
      .strictObject({
        by: email.describe('Who approved'),
        on: day.describe('When'),
        reference: text.optional().describe('Document that it rests on, such as a DPIA'),
        of: textLike(/^[0-9a-f]{8,64}$/, 'a fingerprint as `gemaal privacy approve` writes it').describe(
          'Fingerprint of all that the activity let land then',
        ),
      })
      .optional()
      .describe('Written by `gemaal privacy approve`'),
  })
  .superRefine((activity, ctx) => {
    const issue = (path: (string | number)[], message: string, params?: { [name: string]: unknown }) =>
      ctx.addIssue({ code: 'custom', path, message, ...(params ? { params } : {}) })
    if (activity.law === undefined && basesInLaw.includes(activity.basis)) {
      issue([], `missing key 'law': the basis '${activity.basis}' rests on a law; expected law and article`, {
        expected: 'law and article',
      })
    }
    if (activity.from !== undefined && activity.from > activity.until)
      issue(['until'], `'until' ${activity.until} lies before 'from' ${activity.from}`)
    for (const [kind, treatment] of Object.entries(activity.personal) as [PersonalKind, Treatment][]) {
      const suits = treatmentsOf[kind]
      if (!suits.includes(treatment)) {
        const nearest = nearestWord(treatment, suits)
        issue(
          ['personal', kind],
          `'${treatment}' does not suit the kind '${kind}'; expected one of ${suits.join(', ')}${nearest ? `; did you mean '${nearest}'?` : ''}`,
          {
            found: treatment,
            expected: `one of ${suits.join(', ')}`,
          },
        )
      }
      if (isSpecial(kind) && !activity.special.includes(kind)) {
        issue(['personal', kind], `'${kind}' is a kind of AVG article 9 or 10; name it under 'special' too`)
      }
    }
  })

export const activitiesForm = z.record(kebabName, activityForm)

/** A processing activity of the AVG, as the FG keeps it in `activities.yaml`. */
export interface Activity extends z.output<typeof activityForm> {
  name: string
  /** Its own where it names none. */
  domain: string
  /** Keys that were left out and have a value all the same. */
  derived: readonly string[]
}

export function activityOf(name: string, written: z.output<typeof activityForm>, keys: readonly string[]): Activity {
  const derived = ['domain', 'log'].filter((key) => !keys.includes(key))
  return { ...written, name, domain: written.domain ?? name, derived }
}

/** The mildest treatment with which a kind may land; undefined where it may not. A special kind that is allowed without a treatment is kept. */
export function allowed(activity: Activity, kind: PersonalKind): Treatment | undefined {
  const treatment = activity.personal[kind] ?? (isSpecial(kind) && activity.special.includes(kind as SpecialKind) ? 'keep' : undefined)
  return treatment === 'drop' ? undefined : treatment
}
