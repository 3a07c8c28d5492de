import { expect, test } from 'vitest'
import { levels } from '../../../config/checks.js'
import { shippedPacks } from '../../../config/packs.js'
import { type Rule, severitiesOf } from '../../../config/rules.js'
import { builtInRules } from '../../../worker/rules/built-in.js'
import { mendBuiltIn, mendOf, type Sentence } from '../../../worker/rules/mend.js'

const longest = 200

const shipped = [...shippedPacks().values()].flatMap((pack) => [...pack.rules.values()].map((rule) => ({ rule, pack })))
const asked: [string, Sentence][] = [...shipped.map(({ rule }): [string, Sentence] => [rule.id, rule]), ...Object.entries(builtInRules)]
const mended: [string, Sentence][] = [
  ...shipped.flatMap(({ rule, pack }) =>
    severitiesOf[rule.level].map((severity): [string, Sentence] => [`${rule.id} (${severity})`, mendOf(rule, severity, pack.registration)]),
  ),
  ...levels.flatMap((level) =>
    severitiesOf[level].map((severity): [string, Sentence] => [
      `${level} (${severity})`,
      mendOf({ level, mend: undefined, check: { name: 'references', parameters: {} } }, severity),
    ]),
  ),
  ['built-in', mendBuiltIn],
]

/** What is wrong with a sentence in one language. */
function faults(text: string): string[] {
  return [
    ...(text.length > longest ? [`is ${text.length} characters long`] : []),
    ...(/^[\p{Lu}\d'’]/u.test(text) ? [] : ['begins without a capital']),
    ...(text.endsWith('.') ? [] : ['ends without a full stop']),
    ...(text.trim() === text && !/\s{2}|[\n\t]/.test(text) ? [] : ['has stray white space']),
    // A value of a record has no place in the text of a rule, and so nothing that would be filled in.
    ...(/[{}]|%[sdo]\b|\$\w|<\w+>|\bX{2,}\b|…|\.{3}/.test(text) ? ['holds a placeholder'] : []),
  ]
}

test.for(asked)('%s speaks Dutch and English, in one short sentence each without a placeholder', ([, { nl, en }]) => {
  expect({ nl: faults(nl), en: faults(en) }).toEqual({ nl: [], en: [] })
  expect(nl).not.toBe(en)
})

// Verbs that say how it is or has to be; a text without one names a thing and asks nothing.
const asksNl =
  /\b(is|zijn|heeft|hebben|staa[tn]|ligt|liggen|bestaat|bestaan|hoort|horen|mag|mogen|moet|moeten|kan|kunnen|wordt|worden|komt|komen|telt|tellen|past|passen|begint|beginnen|eindigt|eindigen|valt|vallen|volgt|volgen|verwijst|verwijzen|gebruikt|bevat|bevatten|noemt|noemen|geldt|gelden|krijgt|vormt|vormen|overlapt|overlappen|loopt|lopen|bestaat|wijst|hangt|hangen|sluit|sluiten|verschilt|verschillen|wijkt|wijken|klopt|kloppen|doorstaat|doorstaan|woont|wonen|voldoet|voldoen|gaat|gaan|maakt|maken|blijft|blijven|levert|leveren|geeft|geven|zegt|zeggen|deelt|delen)\b/i
const asksEn =
  /\b(is|are|has|have|stands?|lies?|exists?|belongs?|may|must|can|cannot|counts?|fits?|begins?|starts?|ends?|falls?|follows?|refers?|uses?|holds?|names?|applies|apply|comes?|occurs?|overlaps?|runs?|passes|pass|adds?|differs?|agrees?|lives?|live|meets?|goes|go|makes?|stays?|gives?|says?|shares?|consists?|matches|match|points?|forms?|deviates?|contains?|reads?|needs?|does|do|equals?)\b/i

test.for(asked)('%s says what has to hold', ([, { nl, en }]) => {
  expect(nl).toMatch(asksNl)
  expect(en).toMatch(asksEn)
})

// Someone is told to do something: an imperative at the beginning of a sentence or clause.
const actsNl =
  /(^|[.;:,] |(\ben\b|\bdan\b|\bof\b) )(laat|publiceer|voeg|kies|wijs|noem|wacht|ga|vraag|vergelijk|kijk|onderzoek|meld|herstel|beslis|lees|vernietig|verwijder|vul|sluit|zet|leg|stel|trek|controleer|corrigeer|neem|geef|haal|registreer|maak|bewaar|plaats)\b/i
const actsEn =
  /(^|[.;:,] |\b(and|or|then) )(have|publish|add|choose|point|name|wait|leave|move|see|ask|compare|look|report|mend|decide|read|destroy|remove|fill|close|set|put|withdraw|check|correct|take|give|fetch|register|make|keep|place)\b/i

test.for(mended)('what to do about %s names an action, in both languages', ([, { nl, en }]) => {
  expect({ nl: faults(nl), en: faults(en) }).toEqual({ nl: [], en: [] })
  expect(nl).toMatch(actsNl)
  expect(en).toMatch(actsEn)
})

/** How many different examples there can be: a short list has no more codes, and only an absent value lacks. */
function possible({ check }: Rule): { valid: number; invalid: number } {
  const { name, parameters } = typeof check === 'string' ? { name: 'cel', parameters: {} } : check
  const { values } = parameters as { values?: readonly string[] }
  return { valid: name === 'code-list' ? (values?.length ?? 3) : 3, invalid: name === 'required' ? 1 : 3 }
}

test.for(shipped.map(({ rule }) => [rule.id, rule] as const))(
  '%s says from which clause it comes and since when, and has three examples of each sort',
  ([, rule]) => {
    const { source, validFrom, examples } = rule
    expect(source).toMatch(/\S/)
    expect(validFrom).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    // An example that stands there twice shows nothing more.
    const different = (list: readonly unknown[]) => new Set(list.map((value) => JSON.stringify(value))).size
    expect(different(examples.valid)).toBeGreaterThanOrEqual(Math.min(3, possible(rule).valid))
    expect(different(examples.invalid)).toBeGreaterThanOrEqual(possible(rule).invalid)
  },
)

test('a pack about a basisregistratie says which one', () => {
  const about = Object.fromEntries([...shippedPacks().values()].map((pack) => [pack.name, pack.registration]))
  expect(about).toMatchObject({ bag: 'BAG', brk: 'BRK', brp: 'BRP' })
})
