/**
 * What to do about a violation, as a sentence: the rule's own, else as its level and what a violation does say. For people who see a finding and
 * ask what now.
 */
import type { Severity } from '../../config/dataset-plan.js'
import type { Rule } from '../../config/rules.js'

export interface Sentence {
  readonly nl: string
  readonly en: string
}

/**
 * @param severity what a violation does where the rule is used
 * @param registration basisregistratie that the pack of the rule is about, such as BAG
 */
export function mendOf(rule: Pick<Rule, 'level' | 'mend' | 'check'>, severity: Severity, registration?: string): Sentence {
  if (rule.mend) return rule.mend
  if (severity === 'hold')
    return {
      nl: 'Vergelijk het met de bron en beslis: gemaal holds.',
      en: 'Compare it with the source and decide: gemaal holds.',
    }
  if (severity === 'fail')
    return {
      nl: 'Er is niets gepubliceerd. Laat de bronhouder het herstellen en lees opnieuw: gemaal run.',
      en: 'Nothing was published. Have the owner of the source mend it, and read again: gemaal run.',
    }
  if (registration !== undefined && rule.level !== 'load')
    return {
      nl: `Onderzoek het; is het gegeven fout, meld het dan terug aan de ${registration}: gemaal findings report.`,
      en: `Look into it; where the data is wrong, report it back to the ${registration}: gemaal findings report.`,
    }
  return isReference(rule) ? mendReference : ofLevel[rule.level](severity)
}

const isReference = ({ level, check }: Pick<Rule, 'level' | 'check'>): boolean =>
  level === 'reference' && typeof check !== 'string' && check.name === 'references'

const mendReference: Sentence = {
  nl: 'Ga na of het andere record bij de bron bestaat en gelezen wordt; zo ja, laat de bronhouder de verwijzing herstellen.',
  en: 'See whether the other record exists at the source and is read; if so, have the owner of the source mend what refers to it.',
}

const ofLevel: { readonly [level in Rule['level']]: (severity: Severity) => Sentence } = {
  field: mendValue,
  record: mendValue,
  dataset: () => ({
    nl: 'Laat de bronhouder nagaan welk van deze records fout is, en herstel dat bij de bron.',
    en: 'Have the owner of the source find which of these records is wrong, and mend it there.',
  }),
  reference: () => ({
    nl: 'Laat de bronhouder nagaan wat fout is, het record of dat waarnaar het verwijst, en herstel dat bij de bron.',
    en: 'Have the owner of the source find what is wrong, the record or what it refers to, and mend it there.',
  }),
  load: () => ({
    nl: 'Vraag de bronhouder of dit klopt; zo niet, herstel de bron of de koppeling en lees opnieuw: gemaal run --full.',
    en: 'Ask the owner of the source whether it is right; if not, mend source or connection and read again: gemaal run --full.',
  }),
}

function mendValue(severity: Severity): Sentence {
  return severity === 'reject'
    ? {
        nl: 'Laat de bronhouder het record herstellen; daarna landt het vanzelf, of meteen met gemaal quarantine replay.',
        en: 'Have the owner of the source mend the record; it then lands by itself, or at once with gemaal quarantine replay.',
      }
    : {
        nl: 'Laat de bronhouder het gegeven herstellen; bij de volgende lezing vervalt de bevinding.',
        en: 'Have the owner of the source mend the value; the finding goes with the next reading.',
      }
}

/** What to do about a violation of a rule that the path itself has. */
export const mendBuiltIn: Sentence = {
  nl: 'Laat de bronhouder het gegeven herstellen; klopt het daar wel, laat dan de connector het type bijstellen.',
  en: 'Have the owner of the source mend the value; where it is right there, have the connector describe its type anew.',
}
