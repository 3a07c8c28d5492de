/** What it takes to bring the tables of a dataset from what stands there to what its plan asks, and how to say that to people. Pure. */
import type { ChildTable, DatasetPlan, PlannedColumn } from '../config/dataset-plan.js'
import type { ChangeKind, DatasetWork, StandingDataset } from './dataset-changes.js'
import { childColumn, type DatasetTable, keyOf, saysOfPersons, sourceColumn, tablesOf } from './dataset-tables.js'
import { compareValues, type LandedColumn, landing, majorVersion, sameSelection, type Values, widens } from './dataset-values.js'
import { longestName } from './names.js'
import { diffTable } from './table-diff.js'

/**
 * @param keyId id of the key that makes this dataset's pseudonyms from now on; undefined when it is not known or nothing is pseudonymised
 */
export function diffDataset(plan: DatasetPlan, standing: StandingDataset, keyId: string | undefined): DatasetWork {
  const diff = new Diff(plan, standing, keyId)
  if (standing.plan) diff.compare(standing.plan)
  else diff.create()
  return diff.work
}

const purged = 'the old values leave the dataset, its history, quarantine and staging before anything lands'
const untilFull = 'until the next reading, which is full'

class Diff {
  readonly work: DatasetWork = {
    changes: [],
    drop: [],
    create: [],
    addSource: undefined,
    alter: [],
    purge: { columns: [], keys: false },
    discardStaged: false,
    touched: new Map(),
  }
  private readonly plan: DatasetPlan
  private readonly standing: StandingDataset
  private readonly keyId: string | undefined
  /** Columns whose values must leave, by table. */
  private readonly emptied = new Map<string, Set<string>>()
  /** Values left: hashes made from them are a way back to them. */
  private rehash = false
  private readonly narrowed: string[] = []

  constructor(plan: DatasetPlan, standing: StandingDataset, keyId: string | undefined) {
    this.plan = plan
    this.standing = standing
    this.keyId = keyId
  }

  create(): void {
    this.say('create', `table ${this.plan.name} is made with ${this.plan.columns.length} columns`, { rereads: true })
    for (const table of tablesOf(this.plan)) this.makeTable(table)
  }

  compare(was: DatasetPlan): void {
    if (this.standing.retired)
      this.say('return', 'the dataset is back in the project and its table goes on; the next reading is full', { rereads: true })
    if (!this.standing.tables.has(this.plan.table)) {
      this.say('repair', `table ${this.plan.name} is gone from the warehouse; it is made again, empty ${untilFull}`, { rereads: true })
      this.makeAnew(was)
    } else if (this.keyChanged(was)) {
      this.purgeWith(was)
      this.makeAnew(was)
    } else {
      this.joinSource(was)
      this.compareColumns(was)
      this.compareChildren(was)
      this.compareHistory(was)
      this.compareTables(was)
    }
    if (!was.sourceInKey && !this.plan.sourceInKey && (was.source !== this.plan.source || was.stream !== this.plan.stream))
      this.say(
        'source',
        `it is read from ${this.plan.source}/${this.plan.stream} instead of ${was.source}/${was.stream}; the next reading is full, and what that lacks is deleted as always`,
        {
          rereads: true,
        },
      )
    if (!sameSelection(was, this.plan))
      this.say('where', 'it selects other records; what it leaves out leaves as outside at the next reading, which is full', {
        rereads: true,
      })
    this.compareFingerprint(was)
    this.refuseNarrowing(was)
  }

  private say(
    what: ChangeKind,
    words: string,
    more: { column?: string; purges?: boolean; rereads?: boolean; refused?: boolean } = {},
  ): void {
    const { purges = false, rereads = false, refused = false, column } = more
    this.work.changes.push({ dataset: this.plan.name, what, ...(column === undefined ? {} : { column }), words, purges, rereads, refused })
    if (purges || rereads) this.work.discardStaged = true
  }

  private makeTable(table: DatasetTable): void {
    const ours = this.standing.plan && tablesOf(this.standing.plan).some((t) => t.name === table.name)
    if (Buffer.byteLength(table.name) > longestName)
      this.say('clash', `table name ${table.name} is longer than ${longestName} bytes: give the dataset or the column a shorter name`, {
        refused: true,
      })
    else if (this.standing.tables.has(table.name) && !ours)
      this.say(
        'clash',
        `${table.schema}.${table.name} stands there already and is no table of this dataset: give one of the two another name`,
        {
          refused: true,
        },
      )
    this.work.create.push(table)
  }

  private touch(table: string, column: string): void {
    this.work.touched.set(table, (this.work.touched.get(table) ?? new Set()).add(column))
  }

  private valuesOf(was: DatasetPlan, old: LandedColumn, column: LandedColumn): Values {
    return compareValues(was, this.plan, { was: this.standing.pseudonymKey, now: this.keyId }, old, column)
  }

  // ------------------------------------------------------------------------------------------------------------------------ key

  /** Another key, or other values in it: the rows that stand there cannot be matched with those to come. */
  private keyChanged(was: DatasetPlan): boolean {
    const tell = (words: string, column?: string) =>
      this.say('key', `${words}; the table is emptied, with its history, ${untilFull}`, {
        ...(column === undefined ? {} : { column }),
        purges: true,
        rereads: true,
      })
    const before = was.columns.filter((c) => c.key)
    const now = this.plan.columns.filter((c) => c.key)
    const names = (columns: readonly PlannedColumn[]) => columns.map((c) => c.name).join()
    if (names(before) !== names(now) || (was.sourceInKey && !this.plan.sourceInKey)) {
      const key = keyOf(this.plan).join(', ')
      this.narrowed.push(`the key is ${key}, was ${keyOf(was).join(', ')}`)
      tell(`the key becomes ${key}, was ${keyOf(was).join(', ')}`)
      return true
    }
    for (const [i, column] of now.entries()) {
      const old = before[i] as PlannedColumn
      const values = this.valuesOf(was, old, column)
      if (values === 'same' && old.type === column.type) continue
      if (values === 'same') {
        this.narrowed.push(`key column ${column.name} is ${column.type}, was ${old.type}`)
        tell(`key column ${column.name} becomes ${column.type}, was ${old.type}`, column.name)
      } else if (values === 'generation' || values === 'domain')
        tell(`key column ${column.name} gets pseudonyms of another key`, column.name)
      else tell(`key column ${column.name} is ${landing(column)} instead of ${landing(old)}`, column.name)
      return true
    }
    return false
  }

  private makeAnew(was: DatasetPlan): void {
    this.work.drop = tablesOf(was)
      .map((t) => t.name)
      .reverse()
    for (const name of this.work.drop) this.touch(name, '*')
    for (const table of tablesOf(this.plan)) this.makeTable(table)
  }

  private purgeWith(was: DatasetPlan): void {
    for (const old of was.columns) {
      const now = this.plan.columns.find((c) => c.name === old.name)
      const values = now && this.valuesOf(was, old, now)
      if (old.key || (values ? values !== 'same' && values !== 'milder' : saysOfPersons(old))) this.work.purge.columns.push(old.name)
    }
    this.work.purge.columns.push(...was.children.map((c) => childColumn(was, c)))
    this.work.purge.keys = true
  }

  private joinSource(was: DatasetPlan): void {
    if (was.sourceInKey || !this.plan.sourceInKey) return
    this.work.addSource = was.source
    this.work.discardStaged = true
    this.narrowed.push('_source joins the key')
    this.say('key', `_source joins the key, since several sources feed the table; the rows that stand there are of ${was.source}`, {
      column: sourceColumn.name,
    })
  }

  // -------------------------------------------------------------------------------------------------------------------- columns

  private compareColumns(was: DatasetPlan): void {
    const tables = [this.plan.table, `${this.plan.table}_history`]
    this.compareSet(was, was.columns, this.plan.columns, tables, '', (column) => column)
  }

  private compareChildren(was: DatasetPlan): void {
    for (const old of was.children) if (!this.plan.children.some((c) => c.table === old.table)) this.dropChild(was, old)
    for (const child of this.plan.children) {
      const old = was.children.find((c) => c.table === child.table)
      if (old) this.compareSet(was, old.columns, child.columns, [child.table], `${child.table}.`, () => childColumn(was, old))
      else
        this.say('child table', `table ${this.plan.schema}.${child.table} is made, empty ${untilFull}`, {
          column: child.table,
          rereads: true,
        })
    }
  }

  /** @param field what records in quarantine call the value that a column is, or is inside of */
  private compareSet(
    was: DatasetPlan,
    before: readonly LandedColumn[],
    now: readonly LandedColumn[],
    tables: readonly string[],
    prefix: string,
    field: (column: string) => string,
  ): void {
    for (const old of before) {
      const column = now.find((c) => c.name === old.name)
      if (column) this.compareColumn(was, old, column, tables, prefix + old.name, field(old.name))
      else this.dropColumn(old, prefix + old.name, field(old.name))
    }
    for (const { name, type } of now)
      if (!before.some((c) => c.name === name))
        this.say('add column', `column ${prefix}${name} (${type}) is added, empty ${untilFull}`, { column: prefix + name, rereads: true })
  }

  private compareColumn(
    was: DatasetPlan,
    old: LandedColumn,
    column: LandedColumn,
    tables: readonly string[],
    name: string,
    field: string,
  ): void {
    const values = this.valuesOf(was, old, column)
    if (values === 'stricter' || values === 'domain') {
      this.empty(tables, column.name, field)
      this.rehash = true
      const how =
        values === 'domain' ? `gets pseudonyms of another domain (${this.plan.domain})` : `is ${landing(column)} instead of ${landing(old)}`
      this.say(
        'stricter treatment',
        `column ${name} ${how}; ${purged}; the next reading is full, and VACUUM makes the room in quarantine free`,
        {
          column: name,
          purges: true,
          rereads: true,
        },
      )
    } else if (values === 'generation') {
      // The table itself changes over in one transaction, with the reading: analysts never see a half.
      this.empty(
        tables.filter((t) => t === `${this.plan.table}_history`),
        column.name,
        field,
      )
      const from = `key ${this.keyId} instead of ${this.standing.pseudonymKey}`
      this.say(
        'generation',
        `column ${name} gets pseudonyms of ${from}: the old ones leave history, quarantine and staging now, and the dataset with the next reading, which is full`,
        {
          column: name,
          purges: true,
          rereads: true,
        },
      )
    } else if (values === 'milder')
      this.say(
        'milder treatment',
        `column ${name} is ${landing(column)} instead of ${landing(old)}; the values come with the next reading, which is full`,
        {
          column: name,
          rereads: true,
        },
      )
    if (old.type !== column.type && values !== 'stricter' && values !== 'domain') this.retype(old, column, name, values)
    if (old.kind !== column.kind) this.say('kind', `column ${name} is of kind ${column.kind}, was ${old.kind}`, { column: name })
  }

  private retype(old: LandedColumn, column: LandedColumn, name: string, values: Values): void {
    const wider = widens(old.type, column.type)
    if (!wider && values === 'same') this.narrowed.push(`column ${name} is ${column.type}, was ${old.type}`)
    this.say(
      'type',
      `column ${name} becomes ${column.type}, was ${old.type}; ${wider ? 'its values are kept' : `it is empty ${untilFull}`}`,
      {
        column: name,
        rereads: !wider,
      },
    )
    this.work.discardStaged = true
  }

  private dropColumn(old: LandedColumn, name: string, field: string): void {
    const personal = saysOfPersons(old)
    if (!this.forbidden(field)) this.narrowed.push(`column ${name} is gone`)
    if (personal) {
      this.rehash = true
      this.work.purge.columns.push(field)
    }
    this.work.discardStaged = true
    this.say('drop column', `column ${name} is dropped; ${personal ? purged : 'its values go with it'}`, { column: name, purges: personal })
  }

  private dropChild(was: DatasetPlan, old: ChildTable): void {
    const field = childColumn(was, old)
    const personal = old.columns.some((c) => saysOfPersons(c))
    if (!this.forbidden(field)) this.narrowed.push(`table ${old.table} is gone`)
    if (personal) {
      this.rehash = true
      this.work.purge.columns.push(field)
    }
    this.dropTable(old.table)
    this.work.discardStaged = true
    this.say('child table', `table ${this.plan.schema}.${old.table} is dropped; ${personal ? purged : 'its rows go with it'}`, {
      column: old.table,
      purges: personal,
    })
  }

  private compareHistory(was: DatasetPlan): void {
    const name = `${this.plan.table}_history`
    if (this.plan.history && !was.history) this.say('history', `history is kept from now on, in ${this.plan.schema}.${name}`)
    if (this.plan.history || !was.history) return
    // The source cannot give it again, so it takes the same care as a column.
    this.narrowed.push(`table ${name} is gone`)
    this.dropTable(name)
    this.say('history', `history is no longer kept: ${this.plan.schema}.${name} is dropped with its rows`, { purges: was.personal })
  }

  private dropTable(name: string): void {
    this.work.drop.push(name)
    this.touch(name, '*')
  }

  private empty(tables: readonly string[], column: string, field: string): void {
    for (const table of tables) this.emptied.set(table, (this.emptied.get(table) ?? new Set()).add(column))
    this.work.purge.columns.push(field)
  }

  /** Left out because the activity does not allow it: privacy does not wait for a version number. */
  private forbidden(column: string): boolean {
    return this.plan.left.some((l) => l.column === column && (l.why === 'not allowed' || l.why === 'dropped by activity'))
  }

  // --------------------------------------------------------------------------------------------------------------------- tables

  /** Turns the differences, and what was changed by hand, into work on each table. */
  private compareTables(was: DatasetPlan): void {
    const before = new Map(tablesOf(was).map((t) => [t.name, t]))
    let comments = 0
    for (const table of tablesOf(this.plan)) {
      const name = `${table.schema}.${table.name}`
      const old = before.get(table.name)
      const stands = this.standing.tables.get(table.name)
      if (!old || !stands) {
        if (old)
          this.say('repair', `table ${name} is gone from the warehouse and is made again; the next reading is full`, { rereads: true })
        this.makeTable(table)
        continue
      }
      const diff = diffTable(table, old, stands, {
        emptied: this.emptied.get(table.name) ?? new Set(),
        rehash: this.rehash,
        except: this.work.addSource === undefined ? [] : [sourceColumn.name],
      })
      this.work.alter.push(diff)
      for (const a of diff.alterations) if (a.do !== 'add column') this.touch(table.name, a.do === 'reset hash' ? '_hash' : a.name)
      for (const column of diff.mended)
        this.say('repair', `column ${column} of ${name} was changed by hand and is mended; the next reading is full`, {
          column,
          rereads: true,
        })
      comments += diff.wrongComments
      if (table.role !== 'present') continue
      for (const index of diff.newIndexes) this.say('index', `an index on ${index} is made`, { column: index })
      for (const index of diff.goneIndexes) this.say('index', `the index on ${index} is dropped`, { column: index })
    }
    if (comments > 0) this.say('comment', `comments in the database are brought up to date (${comments})`)
  }

  // ------------------------------------------------------------------------------------------------------------------ the whole

  private compareFingerprint(was: DatasetPlan): void {
    const aside: readonly ChangeKind[] = ['comment', 'index', 'repair', 'return', 'clash']
    if (was.fingerprint === this.plan.fingerprint || this.work.changes.some((c) => !aside.includes(c.what))) return
    this.say('other', 'what lands is made in another way (the field behind a column, or a rule); the next reading is full', {
      rereads: true,
    })
  }

  private refuseNarrowing(was: DatasetPlan): void {
    // Nobody may query a retired dataset, so nobody is surprised.
    if (this.narrowed.length === 0 || this.standing.retired || majorVersion(this.plan) > majorVersion(was)) return
    const file = `datasets/${this.plan.schema}/${this.plan.table}.yaml`
    this.say(
      'narrowing',
      `narrowing without a new major version: ${this.narrowed.join('; ')}. Set version: ${majorVersion(was) + 1}.0.0 in ${file} and tell those who query it, or take the change back`,
      { refused: true },
    )
  }
}
