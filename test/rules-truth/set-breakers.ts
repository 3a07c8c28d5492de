/** What breaks which rules on the records of a dataset together. */
import type { World } from '../sources/zgw/birth.js'
import type { Rol, Zaak } from '../sources/zgw/model.js'
import { accuse, type Breaker, isAlone, isOpen, when } from './breaker.js'

const together: readonly Breaker[] = [
  {
    touches: ['identificatie', 'bronorganisatie'],
    break(zaak, edits) {
      const other = edits.another()!
      edits.set(other, { identificatie: zaak.identificatie })
      return [zaak, other].flatMap((row) => accuse('zaken', row, 'zgw-zaken.zrc-002'))
    },
  },
  when(isAlone, {
    touches: ['hoofdzaak'],
    break(zaak, edits) {
      // Open ones, because a closed hoofdzaak has no open deelzaken.
      const [above, top] = [edits.another(isHoofdzaak), edits.another(isHoofdzaak)]
      if (above === undefined || top === undefined) return undefined
      edits.set(zaak, { hoofdzaak: above })
      edits.set(above, { hoofdzaak: top, deelzaken: [zaak] })
      edits.set(top, { deelzaken: [above] })
      return accuse('zaken', zaak, 'zgw-zaken.zrc-013b')
    },
  }),
  {
    touches: ['status'],
    break(zaak, edits, world) {
      const last = zaak.statussen.at(-1)
      if (last === undefined) return undefined
      const { statussen } = world.municipality
      const again = edits.add(statussen, { ...last, pk: statussen.nextPk(), uuid: world.random.uuid() }, zaak.statussen)
      return [last, again].flatMap((row) => accuse('statussen', row, 'zgw-zaken.status-laatste'))
    },
  },
  {
    touches: ['resultaat'],
    break({ resultaat }, edits, world) {
      if (resultaat === null) return undefined
      const { resultaten } = world.municipality
      const again = edits.add(resultaten, { ...resultaat, pk: resultaten.nextPk(), uuid: world.random.uuid() }, [])
      return [resultaat, again].flatMap((row) => accuse('resultaten', row, 'zgw-zaken.resultaat-een'))
    },
  },
  rolTwice('zgw-zaken.rol-initiator-een', 'initiator'),
  rolTwice('zgw-zaken.rol-zaakcoordinator-een', 'zaakcoordinator'),
]

/** They are judged of what stands in the dataset. */
export const setBreakers: readonly Breaker[] = together.map((breaker) => ({ ...breaker, ofRows: true }))

function isHoofdzaak(zaak: Zaak): boolean {
  return isOpen(zaak) && isAlone(zaak)
}

function rolTwice(rule: string, generiek: string): Breaker {
  return {
    touches: ['rol natuurlijk_persoon', 'rol niet_natuurlijk_persoon', 'rol organisatorische_eenheid'],
    break(zaak, edits, world) {
      const first = zaak.rollen.find(({ omschrijvingGeneriek }) => omschrijvingGeneriek === generiek)
      if (first === undefined) return undefined
      return [first, copyOf(first, zaak, world)].flatMap((row) => accuse('rollen', row, rule))

      function copyOf(rol: Rol, { rollen }: Zaak, { municipality, random }: World): Rol {
        return edits.add(municipality.rollen, { ...rol, pk: municipality.rollen.nextPk(), uuid: random.uuid() }, rollen)
      }
    },
  }
}
