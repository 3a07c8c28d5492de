/** A small project whose stream has a field of every sort, planned. */
import { loadSnapshot } from '../../config/load.js'
import { problemText } from '../../config/problem.js'
import type { Project } from '../../config/project.js'
import { findConnectors } from '../../connectors/load.js'
import { type AllStoredNames, type PlannedStream, type ProjectPlan, planProject } from '../../worker/planning/plan.js'

const connector = `
docs: https://bron.example/docs
streams:
  mensen:
    description: Mensen en wat zij vroegen
    path: mensen
    pages: { by: single }
    key: id
    record:
      required: [id]
      properties:
        id: { type: string, kind: none, description: Nummer van het verzoek }
        soort: { type: string, kind: none, enum: [open, intern, geheim], ordered: true, description: Soort }
        kleur: { type: string, kind: none, enum: [rood, blauw], description: Kleur }
        bsn: { type: string, kind: bsn, description: Burgerservicenummer }
        naam: { type: string, kind: naam, description: Naam }
        geboren: { type: string, kind: geboortedatum, description: Geboortedatum }
        postcode: { type: string, kind: postcode, description: Postcode }
        klacht: { type: string, kind: gezondheid, description: Klacht }
        plek: { type: object, format: geojson, kind: locatie, description: Plek }
        bedrag: { type: number, kind: none, description: Bedrag in euro }
        aantal: { type: integer, kind: none, description: Aantal }
        dag: { type: string, format: date, kind: none, description: Dag van het verzoek }
        gezet: { type: string, format: date-time, kind: none, description: Moment van het verzoek }
        open: { type: boolean, kind: none, description: Of het verzoek open is }
        trefwoorden: { type: array, items: { type: string }, kind: none, description: Trefwoorden }
        zaak: { type: string, format: uri, reference: mensen, kind: none, description: Zaak }
        gewijzigdOp: { type: string, format: date-time, kind: none, volatile: true, description: Laatste wijziging }
        adres:
          properties:
            straat: { type: string, kind: adres, description: Straat }
            land: { type: string, kind: none, description: Land }
        delen:
          type: array
          kind: none
          description: Delen van het verzoek
          items:
            properties:
              nummer: { type: integer, kind: none, description: Nummer van het deel }
              door: { type: string, kind: naam, description: Wie het deel deed }
              codes: { type: array, items: { type: string }, kind: none, description: Codes }
  personen:
    path: personen
    pages: { by: single }
    key: bsn
    record:
      properties:
        bsn: { type: string, kind: bsn, description: Burgerservicenummer }
        dag: { type: string, format: date, kind: none, description: Dag }
  dingen:
    path: dingen
    pages: { by: single }
    key: id
    record:
      properties:
        id: { type: string, kind: none, description: Nummer }
        kleur: { type: string, kind: none, description: Kleur }
`

export const activities = (personal = '{}', more = '') => `
proef:
  purpose: Proef van de tests
  basis: algemeen belang
  law: Gemeentewet art. 160
  until: 2028-12-31
  personal: ${personal}
${more}`

export interface Sketch {
  /** Text of `datasets/proef/mensen.yaml`. */
  contract?: string
  activities?: string
  source?: string
  connector?: string
  stored?: AllStoredNames
  /** Other files. */
  files?: { [path: string]: string }
}

export interface Planned {
  project: Project
  plan: ProjectPlan
  /** Of the contract: `4:3  …`. Of other files with their path. */
  problems: string[]
  stream(name: string): PlannedStream
}

const contractFile = 'datasets/proef/mensen.yaml'

export async function planned(sketch: Sketch): Promise<Planned> {
  const files: { [path: string]: string } = {
    'gemaal.yaml':
      'gemaal: 1\norganisation: { name: Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
    'activities.yaml': sketch.activities ?? activities(),
    'sources/bron.yaml': sketch.source ?? 'connector: proef\nbaseUrl: https://bron.example\n',
    'connectors/proef/connector.yaml': sketch.connector ?? connector,
    ...(sketch.contract !== undefined && { [contractFile]: sketch.contract }),
    ...sketch.files,
  }
  const { project } = loadSnapshot(files)
  const plan = await planProject(project, await findConnectors({ project: files }), sketch.stored)
  return {
    project,
    plan,
    problems: plan.problems.map((p) => problemText(p).replace(`${contractFile}:`, '')),
    stream: (name) => {
      const stream = plan.streams.get(`bron/${name}`)
      if (!stream) throw new Error(`no dataset takes from ${name}: ${plan.problems.map(problemText).join('; ')}`)
      return stream
    },
  }
}
