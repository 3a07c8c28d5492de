import type { World } from './birth.js'
import type { StreamName, Zaak } from './model.js'
import * as mutations from './mutations.js'
import { Random } from './random.js'

export interface Change {
  what: 'added' | 'changed' | 'closed' | 'reopened' | 'deleted' | 'status added' | 'rol changed'
  /** The stream and uuid of the record that was touched; its parents and children may show it too. */
  stream: StreamName
  uuid: string
}

const kinds = ['added', 'changed', 'rol changed', 'closed', 'status added', 'added', 'reopened', 'deleted'] as const

/**
 * Lets `count` changes happen, as in an office on an ordinary day. The same municipality, count and round give the same changes.
 *
 * @param round 1, 2, …: other zaken each time
 */
export function applyChanges(world: World, count: number, round: number): Change[] {
  const random = new Random(round * 7_919)
  return Array.from({ length: count }, (_, at) => {
    const what = kinds[at % kinds.length]!
    // Where there is no such zaak, another one comes in, so that there are as many changes as were asked for.
    return change(world, random, what) ?? { what: 'added', stream: 'zaken', uuid: mutations.addZaken(world, 1)[0]! }
  })
}

function change(world: World, random: Random, what: (typeof kinds)[number]): Change | undefined {
  const zaak = pick(world, random, candidates[what])
  if (zaak === undefined) return undefined
  const { uuid } = zaak
  switch (what) {
    case 'added':
      return undefined
    case 'changed':
      mutations.changeZaak(world, uuid, { toelichting: `Aangevuld op ${mutations.todayOf(world)} (${random.integer(100, 999)}).` })
      break
    case 'closed':
      mutations.closeZaak(world, uuid, { at: mutations.backDated(world, uuid, random.integer(1, 5)) })
      break
    case 'reopened':
      mutations.reopenZaak(world, uuid)
      break
    case 'deleted':
      mutations.deleteZaak(world, uuid)
      break
    case 'status added':
      return { what, stream: 'statussen', uuid: mutations.addStatus(world, uuid) }
    case 'rol changed': {
      const rol = random.pick(zaak.rollen)
      mutations.changeRol(world, rol.uuid)
      return { what, stream: 'rollen', uuid: rol.uuid }
    }
  }
  return { what, stream: 'zaken', uuid }
}

const isOpen = ({ einddatum }: Zaak): boolean => einddatum === null
// A closed hoofdzaak has no open deelzaken (zrc-007): families are left alone.
const isAlone = ({ hoofdzaak, deelzaken }: Zaak): boolean => hoofdzaak === null && deelzaken.length === 0

const candidates: { [what in (typeof kinds)[number]]: (zaak: Zaak) => boolean } = {
  added: () => false,
  changed: () => true,
  closed: (zaak) => isOpen(zaak) && isAlone(zaak),
  reopened: (zaak) => !isOpen(zaak) && isAlone(zaak),
  deleted: (zaak) => !isOpen(zaak) && isAlone(zaak),
  'status added': isOpen,
  'rol changed': ({ rollen }) => rollen.length > 0,
}

/** Some zaak that will do: the first from a random place on. */
function pick({ municipality }: World, random: Random, will: (zaak: Zaak) => boolean): Zaak | undefined {
  const { rows } = municipality.zaken
  const start = random.integer(0, Math.max(0, rows.length - 1))
  for (let at = 0; at < rows.length; at++) {
    const zaak = rows[(start + at) % rows.length]!
    if (will(zaak)) return zaak
  }
  return undefined
}
