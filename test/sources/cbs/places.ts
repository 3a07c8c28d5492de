/** Regions of a made-up country: Waterdam with its wijken and buurten, and a municipality beside it. */

export interface Place {
  code: string
  naam: string
  soort: 'Land' | 'Gemeente' | 'Wijk' | 'Buurt'
  gemeente: string
  inwoners: number
}

const buurten = [
  { code: 'BU03630000', naam: 'Oude Haven', inwoners: 2140 },
  { code: 'BU03630001', naam: 'Binnenstad', inwoners: 3875 },
  { code: 'BU03630100', naam: 'De Polder', inwoners: 5210 },
  { code: 'BU03630101', naam: 'Bedrijventerrein Noord', inwoners: 0 },
  { code: 'BU03630102', naam: 'Dijkzicht', inwoners: 65 },
]

const wijken = [
  { code: 'WK036300', naam: 'Centrum' },
  { code: 'WK036301', naam: 'Polder' },
]

const sum = (within: string) => buurten.filter(({ code }) => code.startsWith(within)).reduce((all, { inwoners }) => all + inwoners, 0)

export const places: readonly Place[] = [
  { code: 'NL00', naam: 'Nederland', soort: 'Land', gemeente: 'Nederland', inwoners: 18_000_000 },
  { code: 'GM0363', naam: 'Waterdam', soort: 'Gemeente', gemeente: 'Waterdam', inwoners: sum('BU0363') },
  ...wijken.map(({ code, naam }): Place => ({ code, naam, soort: 'Wijk', gemeente: 'Waterdam', inwoners: sum(code.replace('WK', 'BU')) })),
  ...buurten.map((each): Place => ({ ...each, soort: 'Buurt', gemeente: 'Waterdam' })),
  { code: 'GM0599', naam: 'Overdijk', soort: 'Gemeente', gemeente: 'Overdijk', inwoners: 41_000 },
  { code: 'WK059901', naam: 'Overdijk-Dorp', soort: 'Wijk', gemeente: 'Overdijk', inwoners: 41_000 },
  { code: 'BU05990101', naam: 'Dorp', soort: 'Buurt', gemeente: 'Overdijk', inwoners: 41_000 },
]
