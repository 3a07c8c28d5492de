import { changed, withFile } from '../files.js'
import type { Broken } from './broken.js'

const gemaal = 'gemaal.yaml'
const mart = 'marts/zaken/doorlooptijd.sql'

/** Slips in gemaal.yaml, marts and rule packs. */
export const projectSlips: readonly Broken[] = [
  ['a form of another version', changed(gemaal, 'gemaal: 1', 'gemaal: 2'), 'gemaal.yaml:1:9', "'gemaal': found '2'"],
  ['a project without the version of its form', changed(gemaal, 'gemaal: 1\n', ''), 'gemaal.yaml:1:1', "missing key 'gemaal'"],
  ['a gemeentecode that lost its zero', changed(gemaal, '0363', '363'), 'gemaal.yaml:2:48', "'code': found '363'"],
  ['an RSIN that lost its zeros', changed(gemaal, '002564440', '2564440'), 'gemaal.yaml:2:60', "'rsin': found '2564440'"],
  [
    'an address that is no e-mail address',
    changed(gemaal, 'data: datateam@waterdam.example', 'data: datateam'),
    'gemaal.yaml:3:18',
    "'data': found 'datateam'",
  ],
  ['a misspelt key of contact', changed(gemaal, 'data: datateam', 'date: datateam'), 'gemaal.yaml:3:12', "unknown key 'date'", 'data'],
  [
    'a misspelt key of what is laid over',
    withFile('gemaal.test.yaml', 'organisation: { nam: Test }\n'),
    'gemaal.test.yaml:1:17',
    "unknown key 'nam'",
    'name',
  ],
  [
    'a wrong value of what is laid over',
    withFile('gemaal.test.yaml', 'organisation:\n  code: 12\n'),
    'gemaal.test.yaml:2:9',
    "'code': found '12'",
  ],
  ['a mart without front matter', withFile(mart, 'select 1\n'), 'marts/zaken/doorlooptijd.sql:1:1', 'a mart begins with its front matter'],
  [
    'a misspelt key of a mart',
    changed(mart, 'asked_by:', 'askedby:'),
    'marts/zaken/doorlooptijd.sql:3:1',
    "unknown key 'askedby'",
    'asked_by',
  ],
  [
    'a mart without a question',
    changed(mart, 'question: Hoe lang doen wij over een zaak, per zaaktype en maand, met en zonder heropende zaken?\n', ''),
    'marts/zaken/doorlooptijd.sql:2:1',
    "missing key 'question'",
  ],
  [
    'a mart of two statements',
    changed(mart, 'group by 1, 2, 3', 'group by 1, 2, 3; drop table x'),
    'marts/zaken/doorlooptijd.sql:22:17',
    'a semicolon ends the query here and more follows; a mart is one query',
  ],
  [
    'a mart that is no query',
    changed(mart, 'select date_trunc', 'delete date_trunc'),
    'marts/zaken/doorlooptijd.sql:11:1',
    'what follows the front matter is not a query',
  ],
  [
    'a column that is described twice',
    changed(mart, '  zaken: Aantal', '  maand: Aantal'),
    'marts/zaken/doorlooptijd.sql:8:3',
    "doubled key 'maand'; it stands on line 5 too",
  ],
  [
    'a check that does not exist',
    withFile(
      'rules/lokaal.yaml',
      'code:\n  field: code\n  check: bnn\n  severity: warn\n  source: afspraak\n  nl: a\n  en: b\n  examples: { valid: [a], invalid: [b] }\n',
    ),
    'rules/lokaal.yaml:3:10',
    "there is no check 'bnn'",
  ],
  [
    'a pattern that is no regular expression',
    withFile(
      'rules/lokaal.yaml',
      'code:\n  field: code\n  check: { pattern: "[" }\n  severity: warn\n  source: afspraak\n  nl: a\n  en: b\n  examples: { valid: [a], invalid: [b] }\n',
    ),
    'rules/lokaal.yaml:3:21',
    'this is not a regular expression (ECMAScript, flag u)',
  ],
  [
    'a rule that comes from nowhere',
    withFile(
      'rules/lokaal.yaml',
      'code:\n  field: code\n  check: bsn\n  severity: warn\n  nl: a\n  en: b\n  examples: { valid: [a], invalid: [b] }\n',
    ),
    'rules/lokaal.yaml:1:1',
    "missing key 'source' in 'code'",
  ],
  [
    'a pack that brings along one that does not exist',
    withFile('rules/lokaal.yaml', 'pack: { also: [nlx] }\n'),
    'rules/lokaal.yaml:1:16',
    "there is no rule pack 'nlx'",
    'nl',
  ],
  [
    'a rule whose level is not that of its check',
    withFile(
      'rules/lokaal.yaml',
      'een:\n  level: dataset\n  check: a == b\n  severity: warn\n  source: afspraak\n  nl: a\n  en: b\n  examples: { valid: [{ a: 1 }], invalid: [{ a: 2 }] }\n',
    ),
    'rules/lokaal.yaml:2:10',
    'its check is one on a record',
  ],
  [
    'a rule on a record that names a column',
    withFile(
      'rules/lokaal.yaml',
      'een:\n  level: record\n  field: a\n  check: bsn\n  severity: warn\n  source: afspraak\n  nl: a\n  en: b\n  examples: { valid: [a], invalid: [b] }\n',
    ),
    'rules/lokaal.yaml:2:10',
    "a rule that says which columns it judges is of level 'field'",
  ],
]
