/** Regions of a made-up country, the largest first: the buurten of Waterdam and of the municipality beside it, with all they lie in. */
import { type Buurt, buurten } from '../waterdam-buurten.js'

export interface Place {
  code: string
  naam: string
  soort: 'Land' | 'Gemeente' | 'Wijk' | 'Buurt'
  gemeente: string
  inwoners: number
}

const wijknamen: { readonly [code: string]: string } = { WK036300: 'Centrum', WK036301: 'Polder', WK059901: 'Overdijk-Dorp' }

/** The regions that buurten lie in, each once, with their inhabitants together. */
function joined(soort: 'Gemeente' | 'Wijk', of: readonly Buurt[], named: (buurt: Buurt) => { code: string; naam: string }): Place[] {
  const places = new Map<string, Place>()
  for (const buurt of of) {
    const { code, naam } = named(buurt)
    const inwoners = (places.get(code)?.inwoners ?? 0) + buurt.aantalInwoners
    places.set(code, { code, naam, soort, gemeente: buurt.gemeentenaam, inwoners })
  }
  return [...places.values()]
}

const gemeenten = joined('Gemeente', buurten, ({ gemeentecode, gemeentenaam }) => ({ code: gemeentecode, naam: gemeentenaam }))

export const places: readonly Place[] = [
  { code: 'NL00', naam: 'Nederland', soort: 'Land', gemeente: 'Nederland', inwoners: 18_000_000 },
  ...gemeenten.flatMap((gemeente) => {
    const own = buurten.filter(({ gemeentecode }) => gemeentecode === gemeente.code)
    return [
      gemeente,
      ...joined('Wijk', own, ({ wijkcode }) => ({ code: wijkcode, naam: wijknamen[wijkcode] ?? wijkcode })),
      ...own.map(
        ({ buurtcode, buurtnaam, gemeentenaam, aantalInwoners }): Place => ({
          code: buurtcode,
          naam: buurtnaam,
          soort: 'Buurt',
          gemeente: gemeentenaam,
          inwoners: aantalInwoners,
        }),
      ),
    ]
  }),
]
