/** `docs/rules.md`: what the shipped packs ask, for those who own a registration. In Dutch, each sentence in English below it. */
import type { Level } from '../config/checks.js'
import type { Severity } from '../config/dataset-plan.js'
import { type LoadExample, type Rule, type RulePack, severitiesOf } from '../config/rules.js'
import { builtInRules } from '../worker/rules/built-in.js'
import { mendOf } from '../worker/rules/mend.js'
import { anchor, code, list, plain, table } from './markdown.js'

const levelWords: { readonly [level in Level]: string } = {
  field: 'veld',
  record: 'record',
  dataset: 'dataset',
  reference: 'verwijzing',
  load: 'lading',
}

const levelMeanings: { readonly [level in Level]: string } = {
  field: 'kijkt naar één waarde',
  record: 'kijkt naar meer kolommen van één record',
  dataset: 'kijkt naar de records van een dataset samen',
  reference: 'kijkt naar wat een record in andere datasets aanwijst',
  load: 'vergelijkt een lading met eerdere ladingen of met de bron',
}

const severityMeanings: { readonly [severity in Severity]: string } = {
  reject: 'het record gaat naar quarantaine en landt niet',
  blank: 'het record landt zonder deze waarde',
  warn: 'het record landt, met de bevinding ernaast (`_findings`)',
  report: 'het record landt; de bevinding wordt alleen geteld',
  hold: 'er wordt pas gepubliceerd als iemand daarover beslist',
  fail: 'er wordt niets gepubliceerd',
}

/** What a violation of a rule on more than one record does. */
const togetherMeanings: { readonly [severity in 'warn' | 'report']: string } = {
  warn: 'alles landt, en de bevinding staat bij de lezing en naast de records waar zij over gaat',
  report: 'alles landt; de bevinding wordt alleen geteld',
}

function meaningOf(severity: Severity, level: Level): string {
  const one = level === 'field' || level === 'record'
  return !one && (severity === 'warn' || severity === 'report') ? togetherMeanings[severity] : severityMeanings[severity]
}

/** The page in Markdown. The same packs give the same page. */
export function rulesPage(packs: readonly RulePack[]): string {
  const sorted = [...packs].sort((a, b) => (a.name < b.name ? -1 : 1))
  const parts = [
    '# Registratieregels',
    '<!-- Made by `npm run rules-page` from config/packs; do not edit. -->',
    'Waaraan gegevens uit een registratie moeten voldoen, waar dat staat, en wat er gebeurt als het niet zo is. Deze pagina wordt gemaakt uit de regelpakketten in [`config/packs`](../config/packs). Elke regel heeft een eigen kop; de zin staat er ook in het Engels.',
    'In een contract kiest een gemeente haar pakketten, en per regel wat een overtreding doet: zie [sources-and-datasets.md](sources-and-datasets.md#rules). `gemaal rules show <regel>` laat zien voor welke kolommen van het eigen project een regel geldt.',
    table(
      ['pakket', 'waarover', 'basisregistratie', 'versie', 'regels'],
      sorted.map((pack) => [
        `[${pack.name}](#${anchor(packHeading(pack))})`,
        pack.title,
        pack.registration ?? '–',
        pack.version,
        String(pack.rules.size),
      ]),
    ),
    '## Hoe een regel werkt',
    'Het **niveau** zegt waar een regel naar kijkt:',
    list(Object.entries(levelMeanings).map(([level, meaning]) => `**${levelWords[level as Level]}** (\`${level}\`) ${meaning}.`)),
    'Een waarde die ontbreekt overtreedt geen regel; dat een waarde er moet zijn, is een regel op zich. Bij een overtreding:',
    list(Object.entries(severityMeanings).map(([severity, meaning]) => `\`${severity}\`: ${meaning}.`)),
    'Alle voorbeelden zijn verzonnen. De tests van het product beoordelen ze.',
    ...sorted.flatMap(packPart),
    ...builtInPart(),
  ]
  return `${parts.join('\n\n')}\n`
}

function packPart(pack: RulePack): string[] {
  const rules = [...pack.rules.values()]
  const facts = [
    `Versie ${pack.version}`,
    ...(pack.registration === undefined ? [] : [`Basisregistratie ${pack.registration}`]),
    ...(pack.also.length === 0 ? [] : [`Neemt ook de pakketten ${pack.also.join(', ')} mee`]),
  ]
  return [
    `## ${packHeading(pack)}`,
    `${facts.join('. ')}.`,
    table(
      ['regel', 'niveau', 'bij overtreding', 'wat moet gelden', 'bron', 'geldt vanaf'],
      rules.map((rule) => [
        `[${rule.id}](#${anchor(rule.id)})`,
        levelWords[rule.level],
        `\`${rule.severity}\``,
        plain(rule.nl),
        rule.source ?? '–',
        rule.validFrom ?? '–',
      ]),
    ),
    ...rules.flatMap((rule) => rulePart(rule, pack)),
  ]
}

function rulePart(rule: Rule, pack: RulePack): string[] {
  const others = severitiesOf[rule.level].filter((severity) => severity !== rule.severity)
  const mend = mendOf(rule, rule.severity, pack.registration)
  return [
    `### ${rule.id}`,
    `${plain(rule.nl)}  \n*${plain(rule.en)}*`,
    list([
      `Geldt voor ${meantFor(rule)}. Versie ${rule.version}.`,
      `Bij overtreding \`${rule.severity}\`: ${meaningOf(rule.severity, rule.level)}. Een contract kan ook ${others.map((s) => `\`${s}\``).join(', ')} kiezen.`,
      `${plain(mend.nl)}  \n  *${plain(mend.en)}*`,
      `Voldoet:${examples(rule, 'valid')}`,
      `Voldoet niet:${examples(rule, 'invalid')}`,
    ]),
  ]
}

/** What lands has a type; these rules come with it. */
function builtInPart(): string[] {
  return [
    '## Regels van het product zelf',
    'Deze regels horen bij geen pakket. Ze gelden voor elke kolom die landt, en een contract kan ze niet uitzetten.',
    table(
      ['regel', 'wat moet gelden', 'in English'],
      Object.entries(builtInRules).map(([id, { nl, en }]) => [`\`${id}\``, plain(nl), plain(en)]),
    ),
  ]
}

function meantFor({ appliesTo, level }: Rule): string {
  const { streams, columns, kinds, types } = appliesTo
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')
  const parts = [
    ...(columns ? [`${columns.length === 1 ? 'de kolom' : 'de kolommen'} ${code(columns)}`] : []),
    ...(kinds ? [`kolommen van de soort ${code(kinds)}`] : []),
    ...(types ? [`kolommen van het type ${code(types)}`] : []),
    ...(streams ? [`${streams.length === 1 ? 'de stroom' : 'de stromen'} ${code(streams)}`] : []),
  ]
  if (parts.length > 0) return parts.join(', en alleen ')
  return level === 'field' ? 'elke kolom' : 'elke stroom'
}

/** Values side by side; what is longer each on a line of its own. */
function examples(rule: Rule, which: 'valid' | 'invalid'): string {
  if (rule.level === 'field') return ` ${rule.examples[which].map(exampleWords).join(' · ')}`
  const words = rule.level === 'load' ? rule.examples[which].map(loadWords) : rule.examples[which].map(exampleWords)
  return words.map((text) => `\n  - ${text}`).join('')
}

/** `eerder 7 × 4 %; nu 10 %` */
function loadWords({ before, now }: LoadExample): string {
  const runs: { text: string; times: number }[] = []
  for (const text of before.map(measureWords)) {
    const last = runs.at(-1)
    if (last?.text === text) last.times += 1
    else runs.push({ text, times: 1 })
  }
  const earlier = runs.map(({ text, times }) => (times === 1 ? text : `${times} × ${text}`)).join(', ')
  return code(`${earlier === '' ? 'geen eerdere' : `eerder ${earlier}`}; nu ${measureWords(now)}`)
}

const measureWords = (measure: LoadExample['now']): string => (typeof measure === 'string' ? measure : flow(measure))

/** As it is written in the pack, on one line. */
function exampleWords(value: unknown): string {
  return code(value === null ? 'null' : typeof value === 'string' ? value : flow(value))
}

/** YAML in flow style, without the quotes that nobody misses. */
function flow(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value !== 'object') return /^[\w.:+@-][\w .:+@-]*$/.test(String(value)) ? String(value) : JSON.stringify(value)
  return `{ ${Object.entries(value as object)
    .map(([name, inner]) => `${name}: ${flow(inner)}`)
    .join(', ')} }`
}

const packHeading = ({ name, title }: RulePack): string => `${name}: ${title}`
