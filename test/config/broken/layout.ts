import { sample, withFile, without } from '../files.js'
import type { Broken } from './broken.js'

const gemaal = 'gemaal.yaml'
const mart = 'marts/zaken/doorlooptijd.sql'

/** Files that stand in the wrong place, or under a name that cannot be used. */
export const layoutSlips: readonly Broken[] = [
  ['a folder without gemaal.yaml', without(gemaal), 'gemaal.yaml:1:1', 'there is no such file; every project has one'],
  [
    'a file that ends with .yml',
    withFile('sources/extra.yml', 'connector: zgw\n'),
    'sources/extra.yml:1:1',
    'this file is not read, because its name does not end with .yaml',
    'sources/extra.yaml',
  ],
  ['a misspelt file', withFile('activitys.yaml', 'x: 1\n'), 'activitys.yaml:1:1', "unknown file 'activitys.yaml'", 'activities.yaml'],
  ['a misspelt folder', withFile('dataset/zaken/x.yaml', 'from: x\n'), 'dataset:1:1', "unknown folder 'dataset/'", 'datasets'],
  ['a dataset without a schema', withFile('datasets/zaken.yaml', 'from: x\n'), 'datasets/zaken.yaml:1:1', 'this file does not belong here'],
  [
    'a source in snake_case',
    withFile('sources/open_zaak.yaml', 'connector: zgw\n'),
    'sources/open_zaak.yaml:1:1',
    "'open_zaak' cannot be the name of a source",
    'open-zaak',
  ],
  [
    'a schema of ours',
    withFile('datasets/meta/x.yaml', 'from: cbs/kerncijfers\n'),
    'datasets/meta/x.yaml:1:1',
    "the schema 'meta' is reserved",
  ],
  [
    'a schema of Postgres',
    withFile('datasets/pg_x/x.yaml', 'from: cbs/kerncijfers\n'),
    'datasets/pg_x/x.yaml:1:1',
    "the schema 'pg_x' is reserved",
  ],
  [
    'a dataset in kebab-case',
    withFile('datasets/cbs/kern-cijfers.yaml', 'from: cbs/kerncijfers\n'),
    'datasets/cbs/kern-cijfers.yaml:1:1',
    "'kern-cijfers' cannot be the name of a dataset",
    'kern_cijfers',
  ],
  [
    'a dataset whose name is too long',
    withFile(`datasets/cbs/${'a'.repeat(56)}.yaml`, 'from: cbs/kerncijfers\n'),
    'datasets/cbs/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.yaml:1:1',
    'the name of a dataset is at most 55 letters, since Postgres takes 63 bytes and _deleted and _history are added; this one has 56',
  ],
  [
    'a source with the name of a setting',
    withFile('sources/webhook.yaml', 'connector: zgw\n'),
    'sources/webhook.yaml:1:1',
    "a source cannot be called 'webhook', because its variables would be those of a setting (GEMAAL_WEBHOOK_…)",
  ],
  [
    'a dataset with the name of a child table',
    withFile('datasets/wmo/zaken_kenmerken.yaml', 'from: cbs/kerncijfers\n'),
    'datasets/wmo/zaken.yaml:14:14',
    'the table wmo.zaken_kenmerken would be that of datasets/wmo/zaken_kenmerken.yaml too; give that dataset another name, or land the column as json',
  ],
  [
    'a dataset with the name of the tombstones of another',
    withFile('datasets/wmo/zaken_deleted.yaml', 'from: cbs/kerncijfers\n'),
    'datasets/wmo/zaken_deleted.yaml:1:1',
    "the table wmo.zaken_deleted comes with the dataset 'wmo.zaken'; give this dataset another name",
  ],
  [
    'a mart with the name of a dataset',
    withFile('marts/zaken/rollen.sql', sample[mart]!),
    'marts/zaken/rollen.sql:2:1',
    'the dataset of datasets/zaken/rollen.yaml has the same name; give the mart another name',
  ],
  [
    'a rule pack with the name of a shipped one',
    withFile('rules/nl.yaml', 'x: {}\n'),
    'rules/nl.yaml:1:1',
    "there is a shipped rule pack 'nl', and it is read-only; give this one another name",
  ],
  [
    'a rule pack with a name of ours',
    withFile('rules/own.yaml', 'x: {}\n'),
    'rules/own.yaml:1:1',
    "a rule pack cannot be called 'own', which stands for a contract's own rules",
  ],
]
