/** What a made-up TOPdesk holds: incidents, the persons who reported them, and what they are sorted by. Nobody in it exists. */

export interface Incident {
  id: string
  number: string
  status: string
  /** Milliseconds. */
  modified: number
  created: number
  [field: string]: unknown
}

export type Card = { id: string; [field: string]: unknown }

export const categories: readonly Card[] = ['Huisvesting', 'Hardware', 'Software'].map((name, n) => ({ id: uuid('c', n), name }))
export const subcategories: readonly Card[] = ['Verwarming', 'Laptop', 'Telefoon', 'Kantoorpakket'].map((name, n) => ({
  id: uuid('d', n),
  name,
  category: { ...categories[n % 3] },
}))
export const branches: readonly Card[] = ['Stadhuis', 'Gemeentewerf'].map((name, n) => ({
  id: uuid('b', n),
  name,
  branchType: 'independentBranch',
}))

const branchOf = (n: number) => ({ id: branches[n]!.id, name: branches[n]!.name })

const epoch = Date.parse('2026-03-02T08:00:00Z')
const statuses = ['firstLine', 'secondLine', 'firstLine', 'partial', 'secondLineArchived']

/** Text in which a person can be recognised: none of it may land unasked. */
export const someone = (n: number): string => `Bo de Vries-${n}`

export function someIncident(n: number, modified = epoch + n * 3_600_000): Incident {
  return {
    id: uuid('1', n),
    number: `M2603 ${String(n).padStart(4, '0')}`,
    status: statuses[n % statuses.length]!,
    briefDescription: `Kamer van ${someone(n)} is koud`,
    request: `De verwarming bij ${someone(n)} doet het niet.`,
    action: null,
    // A caller who is not registered has no id.
    caller: {
      id: n % 4 === 0 ? null : uuid('2', n % 7),
      dynamicName: someone(n),
      email: `bo.${n}@voorbeeld.example`,
      branch: branchOf(0),
    },
    callerBranch: branchOf(0),
    branch: branchOf(n % 2),
    category: { ...categories[n % 3] },
    subcategory: { id: subcategories[n % 4]!.id, name: subcategories[n % 4]!.name },
    operator: { id: uuid('3', n % 5), name: someone(900 + (n % 5)), status: 'operator' },
    operatorGroup: { id: uuid('a', 1), name: 'Servicedesk' },
    priority: { id: uuid('e', n % 3), name: `P${(n % 3) + 1}` },
    supplier: null,
    completed: n % 2 === 0,
    closed: n % 2 === 0,
    onHold: false,
    timeSpent: n,
    costs: 12.5,
    creator: { id: uuid('3', 0), name: someone(900) },
    modifier: { id: uuid('3', 0), name: someone(900) },
    optionalFields1: { text1: null },
    created: epoch + n * 3_600_000,
    modified,
  }
}

export const somePerson = (n: number): Card => ({
  id: uuid('2', n),
  dynamicName: someone(n),
  surName: 'de Vries',
  firstName: 'Bo',
  employeeNumber: `00${n}`,
  email: `bo.${n}@voorbeeld.example`,
  branch: branchOf(0),
  archived: n % 3 === 0,
  modificationDate: '2026-03-01T08:00:00Z',
})

export const someOperator = (n: number): Card => ({
  id: uuid('3', n),
  dynamicName: someone(900 + n),
  surName: 'de Vries',
  email: `bo.${900 + n}@voorbeeld.example`,
  branch: branchOf(0),
})

export const someChange = (n: number): Card => ({
  id: uuid('4', n),
  number: `W2603 ${String(n).padStart(4, '0')}`,
  changeType: n % 2 === 0 ? 'simple' : 'extensive',
  briefDescription: `Werkplek voor ${someone(n)}`,
  requester: { id: uuid('2', n % 7), name: someone(n) },
  creationDate: '2026-03-01T08:00:00.000+0000',
  ...(n % 2 === 0 ? { simple: { plannedStartDate: null, closedDate: null } } : { phases: { progress: { plannedEndDate: null } } }),
})

export const someAsset = (n: number): { unid: string; [field: string]: unknown } => ({
  unid: uuid('5', n),
  name: `LAP-${String(n).padStart(4, '0')}`,
  archived: false,
  // Without a distance to UTC.
  modificationDate: '2026-07-19T13:49:58.187',
  type_id: uuid('f', 1).toUpperCase(),
  '@type': { name: 'Laptop', icon: 'laptop' },
  '@@summary': `Laptop van ${someone(n)}`,
  '@status': 'OPERATIONAL',
  '@etag': `e${n}`,
})

function uuid(kind: string, n: number): string {
  // Scattered, as those of a real one: the order of ids is not that of time.
  const spread = ((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')
  return `${spread}-000${kind}-4000-8000-${String(n).padStart(12, '0')}`
}
