/** A database of an application, as its supplier runs it: tables with comments and keys, and a login that can only read. */
export interface SqlSource {
  server: 'postgres' | 'mysql'
  baseUrl: string
  credentials: { username: string; password: string }
  /** Statements as the owner, one or more. Rows of the last one, values as the driver gives them. */
  execute(statements: string): Promise<{ [column: string]: unknown }[]>
  port: number
  stop(): Promise<void>
}

export const password = 'lees-mij-niet-voor'

/** BSNs of test persons. */
export const bsn = (n: number): string => {
  for (let number = 900_000_000 + n * 11; ; number += 1) {
    const digits = [...String(number)].map(Number)
    const sum = digits.reduce((total, digit, at) => total + digit * (at === 8 ? -1 : 9 - at), 0)
    if (sum % 11 === 0) return String(number)
  }
}

/** What both servers say in the same words. `moment` is their type of a moment without a zone. */
export const tables = (moment: string): string => `
  create table wmo.voorziening (
    voorziening_id integer not null primary key,
    bsn char(9) not null,
    soort varchar(100) not null,
    bedrag decimal(30,10),
    datum_besluit date,
    mutatie ${moment}
  );
  create index voorziening_mutatie on wmo.voorziening (mutatie);
  create table wmo.regel (
    gemeente varchar(10) not null,
    nummer integer not null,
    omschrijving varchar(100),
    primary key (gemeente, nummer)
  );
  create view wmo.toegekend as select voorziening_id, soort, datum_besluit from wmo.voorziening;
`

/** Voorzieningen from a number on, each changed a minute after the one before it. */
export function voorzieningen(from: number, count: number, mutatie: (n: number) => string = minuteOf): string {
  const rows = Array.from({ length: count }, (_, at) => {
    const n = from + at
    return `(${n}, '${bsn(n)}', 'Hulp ${n % 5}', ${n}.1234567890, '2026-03-01', ${mutatie(n)})`
  })
  return `insert into wmo.voorziening values ${rows.join(', ')};`
}

export function minuteOf(n: number): string {
  const moment = new Date(Date.UTC(2026, 2, 1) + n * 60_000).toISOString()
  return `'${moment.slice(0, 10)} ${moment.slice(11, 19)}.000001'`
}

export function regels(gemeenten: readonly string[], each: number): string {
  const rows = gemeenten.flatMap((gemeente) => Array.from({ length: each }, (_, n) => `('${gemeente}', ${n + 1}, 'Regel ${n + 1}')`))
  return `insert into wmo.regel values ${rows.join(', ')};`
}
