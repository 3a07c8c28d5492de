/** The texts of the files that `init`, `source add` and `dataset add` make. */
import { stringify } from 'yaml'

export interface NewProject {
  name: string
  code: string
  rsin: string | undefined
  /** E-mail address of who mends the data. */
  data: string
  /** E-mail address of the privacy officer. */
  fg: string
}

/** Folder with the JSON Schemas of the forms, for editors. Hidden: it is no part of the project. */
export const schemaFolder = '.schemas'

/** The first line of a file, by which an editor completes and checks it. */
export function schemaLine(form: string, file: string): string {
  const up = '../'.repeat(file.split('/').length - 1)
  return `# yaml-language-server: $schema=${up}${schemaFolder}/${form}.schema.json\n`
}

/** The files of a new project, by path. */
export function projectFiles(project: NewProject): { [path: string]: string } {
  return {
    'gemaal.yaml': gemaal(project),
    'activities.yaml': activities,
    'README.md': readme(project),
    '.gitignore': gitignore,
    'sources/.gitkeep': '',
    'datasets/.gitkeep': '',
    'marts/.gitkeep': '',
  }
}

/** A scalar as it can stand in a block map. */
const scalar = (text: string): string => stringify(text, { lineWidth: 0 }).trimEnd()

function gemaal({ name, code, rsin, data, fg }: NewProject): string {
  return `${schemaLine('gemaal', 'gemaal.yaml')}gemaal: 1 # version of the form of all files here
organisation:
  name: ${scalar(name)}
  code: ${code} # CBS code of the municipality
${rsin === undefined ? '  # rsin: nine digits\n' : `  rsin: ${rsin}\n`}contact:
  data: ${data} # who mends the data
  fg: ${fg} # the privacy officer, who owns activities.yaml
`
}

const activities = `${schemaLine('activities', 'activities.yaml')}# De FG beheert dit bestand. \`gemaal privacy approve\` schrijft \`approved\`.
#
# sturing-dienstverlening:
#   purpose: Sturen op doorlooptijd en werkvoorraad van de dienstverlening.
#   basis: algemeen belang
#   law: Gemeentewet art. 160
#   until: 2028-12-31
#   personal: { bsn: pseudonymise } # the ceiling by kind; what is not named is dropped
`

function readme({ name }: NewProject): string {
  return `# ${name}: registraties

Dit is het project van ${name} voor Gemaal: welke bronnen worden gelezen, welke datasets daaruit
ontstaan, en voor welk doel (\`activities.yaml\`, van de FG).

    gemaal check          klopt alles? (zonder netwerk)
    gemaal plan           wat verandert er?
    gemaal apply          voer het door
    gemaal privacy show   wat landt er voor welk doel?

---

The project of ${name} for Gemaal: which sources are read (\`sources/\`), which datasets come of them (\`datasets/\`), for which purpose
(\`activities.yaml\`, kept by the privacy officer), and which questions they answer (\`marts/\`). \`gemaal --help\` lists the commands.
Secrets do not stand here: they are in the environment of the workers, and \`gemaal doctor\` says where they are looked for.
`
}

const gitignore = `# Servers, data and caches of one machine.
.gemaal/
# Secrets are in the environment of the workers, or in files outside of this folder.
.env
*.key
*.pem
`

/** `sources/<name>.yaml`. */
export function sourceText(file: string, connector: string, baseUrl: string | { env: string } | undefined): string {
  const address = typeof baseUrl === 'object' ? `{ env: ${baseUrl.env} }` : baseUrl && scalar(baseUrl)
  return `${schemaLine('source', file)}connector: ${connector}\n${address === undefined ? '' : `baseUrl: ${address}\n`}`
}

/** `datasets/<schema>/<table>.yaml`. */
export function datasetText(
  file: string,
  { from, activity, personal }: { from: string; activity: string | undefined; personal: readonly string[] },
): string {
  return (
    `${schemaLine('dataset', file)}from: ${from}\n` +
    (activity === undefined ? '' : `activity: ${activity}\n`) +
    (personal.length === 0 ? '' : `personal: [${personal.join(', ')}]\n`)
  )
}
