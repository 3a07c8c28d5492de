import { changed, withFile } from '../files.js'
import type { Broken } from './broken.js'

const zaaksysteem = 'sources/zaaksysteem.yaml'
const openZaak = 'sources/open-zaak.yaml'
const levering = 'sources/levering.yaml'

/** Slips in a source file. */
export const sourceSlips: readonly Broken[] = [
  ['a source without a connector', changed(openZaak, 'connector: zgw\n', ''), 'sources/open-zaak.yaml:1:1', "missing key 'connector'"],
  [
    'a misspelt key of a source',
    changed(openZaak, 'connector:', 'conector:'),
    'sources/open-zaak.yaml:1:1',
    "unknown key 'conector'",
    'connector',
  ],
  [
    'capitals in the wrong place',
    changed(openZaak, 'baseUrl:', 'baseURL:'),
    'sources/open-zaak.yaml:2:1',
    "unknown key 'baseURL'",
    'baseUrl',
  ],
  [
    'an address without its scheme',
    changed(openZaak, 'https://openzaak', 'openzaak'),
    'sources/open-zaak.yaml:2:10',
    'this is not an address',
  ],
  [
    'an address with a password',
    changed(openZaak, 'https://openzaak', 'https://jan:geheim@openzaak'),
    'sources/open-zaak.yaml:2:10',
    'the address holds a user or password; give them as credentials of the source',
  ],
  ['a misspelt reference', changed('sources/centric.yaml', '{ env:', '{ evn:'), 'sources/centric.yaml:2:17', 'this is not an address'],
  [
    'a variable with a dash',
    changed('sources/centric.yaml', 'CENTRIC_URL', 'CENTRIC-URL'),
    'sources/centric.yaml:2:17',
    "'env' (its value is not shown)",
  ],
  [
    'an API that has no address',
    changed(zaaksysteem, 'api/v1: zaken }', 'api/v1: zaak }'),
    'sources/zaaksysteem.yaml:6:54',
    "there is no API 'zaak' under baseUrl",
  ],
  [
    'a secret in the clear',
    changed(zaaksysteem, 'secret: { file: /run/secrets/zaaksysteem }', 'secret: hunter2'),
    'sources/zaaksysteem.yaml:8:42',
    "the credential 'secret' stands here in the clear",
  ],
  [
    'a header with a secret in the clear',
    changed(zaaksysteem, 'headers: { Fsc-Grant-Hash: { env: ZAAKSYSTEEM_GRANT } }', 'headers: { Authorization: Bearer hunter2 }'),
    'sources/zaaksysteem.yaml:7:27',
    "the value of header 'Authorization' stands here in the clear",
  ],
  [
    'a private key in the clear',
    changed(zaaksysteem, 'key: { file: /run/secrets/key.pem }', 'key: hunter2'),
    'sources/zaaksysteem.yaml:9:88',
    'the private key stands here in the clear',
  ],
  [
    'a path that does not begin at the root',
    changed(zaaksysteem, '/run/secrets/cert.pem', 'cert.pem'),
    'sources/zaaksysteem.yaml:9:58',
    'the path does not begin at the root; it has to, because a worker loads the project without its folder',
  ],
  [
    'a certificate without its key',
    changed(zaaksysteem, ', key: { file: /run/secrets/key.pem }', ''),
    'sources/zaaksysteem.yaml:9:6',
    "missing key 'key': our certificate and its private key go together",
  ],
  [
    'a misspelt key of a budget',
    changed(zaaksysteem, 'requests: 300', 'request: 300'),
    'sources/zaaksysteem.yaml:10:11',
    "unknown key 'request'",
    'requests',
  ],
  [
    'a budget in words',
    changed(zaaksysteem, 'requests: 300', 'requests: many'),
    'sources/zaaksysteem.yaml:10:21',
    "'requests': found 'many'",
  ],
  ['a budget of nothing', changed(zaaksysteem, 'requests: 300', 'requests: 0'), 'sources/zaaksysteem.yaml:10:21', "'requests': found '0'"],
  [
    'a period without a number of requests',
    changed(zaaksysteem, 'requests: 300, ', ''),
    'sources/zaaksysteem.yaml:10:16',
    "'per' goes with 'requests'",
  ],
  [
    'hours without a zero',
    changed(zaaksysteem, 'between: 19:00-07:00', 'between: 19:00-7:00'),
    'sources/zaaksysteem.yaml:10:61',
    "'between': found '19:00-7:00'",
  ],
  [
    'a misspelt day',
    changed(zaaksysteem, 'days: sunday', 'days: sundey'),
    'sources/zaaksysteem.yaml:14:19',
    "'days': found 'sundey'",
    'sunday',
  ],
  ['a misspelt reading', changed(zaaksysteem, 'read: full', 'read: ful'), 'sources/zaaksysteem.yaml:14:44', "'read': found 'ful'", 'full'],
  [
    'a sync by period and by time',
    changed(zaaksysteem, 'every: 15 minutes', 'every: 15 minutes, at: 05:30'),
    'sources/zaaksysteem.yaml:12:36',
    "'every' and 'at' exclude each other; make two syncs",
  ],
  [
    'a sync that never begins',
    changed(zaaksysteem, 'daily: { at: 05:30 }', 'daily: {}'),
    'sources/zaaksysteem.yaml:13:10',
    "missing key 'at' or 'every'",
  ],
  [
    'a period of a day',
    changed(zaaksysteem, 'every: 15 minutes', 'every: 1 day'),
    'sources/zaaksysteem.yaml:12:20',
    "'every' is for whole minutes under a day; for a day or more use 'at', a time on the calendar",
  ],
  [
    'a time with a dot',
    changed(zaaksysteem, 'daily: { at: 05:30 }', 'daily: { at: 5.30 }'),
    'sources/zaaksysteem.yaml:13:16',
    "'at': found '5.30'",
  ],
  [
    'hours for a time',
    changed(zaaksysteem, 'daily: { at: 05:30 }', 'daily: { at: 05:30, between: 07:00-19:00 }'),
    'sources/zaaksysteem.yaml:13:32',
    "'between' goes with 'every'; 'at' says the time itself",
  ],
  ['a sync with a capital', changed(zaaksysteem, '  daily:', '  Daily:'), 'sources/zaaksysteem.yaml:13:3', "key 'Daily'"],
  [
    'a stream without its settings',
    changed('sources/cbs.yaml', '{ table: 86165NED, regions: buurten }', '86165NED'),
    'sources/cbs.yaml:3:16',
    'this value (it is not shown); expected a map with the settings of the stream',
  ],
  [
    'two sources that disagree on the budget that they share',
    withFile('sources/tweede.yaml', 'connector: zgw\nbaseUrl: https://x.example\nbudget: { name: zaaksysteem, requests: 10 }\n'),
    'sources/zaaksysteem.yaml:10:9',
    "the budget 'zaaksysteem' is shared with sources/tweede.yaml, which gives it other numbers; they have to be the same",
  ],
  [
    'the key of a host that is asked for none',
    withFile(levering, `connector: files\nbaseUrl: https://x.example\nhostKey: SHA256:${'A'.repeat(43)}\n`),
    'sources/levering.yaml:3:10',
    "'hostKey' goes with an address sftp://…",
  ],
  [
    'the fingerprint of a host key of old',
    withFile(levering, 'connector: files\nbaseUrl: sftp://x.example/uit\nhostKey: MD5:16:27:ac\n'),
    'sources/levering.yaml:3:10',
    "'hostKey': found 'MD5:16:27:ac'",
  ],
  [
    'a bucket of no server',
    withFile(levering, 'connector: files\nbaseUrl: s3://leveringen\n'),
    'sources/levering.yaml:2:10',
    "goes with 'endpoint', the address of the server, or with 'region' for Amazon",
  ],
  [
    'an endpoint of what is no bucket',
    withFile(levering, 'connector: files\nbaseUrl: file:///data\nendpoint: https://s3.example\n'),
    'sources/levering.yaml:3:11',
    "'endpoint' goes with an address s3://…",
  ],
  [
    'a marker that is the same for all files',
    withFile(levering, 'connector: files\nbaseUrl: file:///data\nready: klaar.ok\n'),
    'sources/levering.yaml:3:8',
    "'ready': found 'klaar.ok'",
  ],
]
