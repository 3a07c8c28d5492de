import { changed, withFile } from '../files.js'
import type { Broken } from './broken.js'

const rollen = 'datasets/zaken/rollen.yaml'
const wmo = 'datasets/wmo/zaken.yaml'

/** Slips in YAML itself. */
export const yamlSlips: readonly Broken[] = [
  [
    'a doubled key',
    changed(rollen, 'personal: [bsn]', 'personal: [bsn]\nactivity: sturing-dienstverlening'),
    'datasets/zaken/rollen.yaml:4:1',
    "doubled key 'activity'; it stands on line 2 too",
  ],
  [
    'a tab',
    changed(wmo, '  zaaktype_identificatie: [', '\tzaaktype_identificatie: ['),
    'datasets/wmo/zaken.yaml:9:1',
    'a tab indents this line; YAML takes spaces only',
  ],
  [
    'a line with another indent than its neighbours',
    changed(wmo, '  registratiedatum: {', ' registratiedatum: {'),
    'datasets/wmo/zaken.yaml:11:1',
    'this line is not indented like its neighbours, a text with a colon is not in quotes, or a bracket before it is not closed',
  ],
  [
    'an anchor',
    changed(rollen, '[bsn]', '&k [bsn]'),
    'datasets/zaken/rollen.yaml:3:14',
    'anchors and aliases are not used here; write the value out in both places',
  ],
  [
    'an alias',
    changed(wmo, 'indexes: [zaaktype_identificatie', 'indexes: [*x'),
    'datasets/wmo/zaken.yaml:16:11',
    'anchors and aliases are not used here; write the value out in both places',
  ],
  [
    'a merge key',
    changed(wmo, 'where:\n', 'where:\n  <<: { einddatum: null }\n'),
    'datasets/wmo/zaken.yaml:9:3',
    'merge keys are not used here; write the keys out',
  ],
  [
    'a tag',
    changed(wmo, 'version: 2.1.0', 'version: !!str 2.1.0'),
    'datasets/wmo/zaken.yaml:5:16',
    'tags are not used here; the form decides what a value is',
  ],
  [
    'a second document',
    changed(rollen, 'personal: [bsn]', '---\npersonal: [bsn]'),
    'datasets/zaken/rollen.yaml:3:1',
    'a second document begins here; a file holds one',
  ],
  [
    'the key on',
    changed(wmo, 'history: true', 'on: true'),
    'datasets/wmo/zaken.yaml:17:1',
    "the key 'on' is not used, because YAML 1.1 tools read it as true or false",
  ],
  [
    'the key on deep inside',
    changed(wmo, 'where:\n', 'where:\n  on: 1\n'),
    'datasets/wmo/zaken.yaml:9:3',
    "the key 'on' is not used, because YAML 1.1 tools read it as true or false",
  ],
  [
    'a directive',
    withFile(rollen, '%YAML 1.1\n---\nfrom: open-zaak/rollen\nactivity: sturing-dienstverlening\n'),
    'datasets/zaken/rollen.yaml:1:1',
    'a YAML directive is not used here; remove the line',
  ],
  [
    'a bracket that is not closed',
    changed(rollen, '[bsn]', '[bsn'),
    'datasets/zaken/rollen.yaml:4:1',
    'this line is not indented like its neighbours, a text with a colon is not in quotes, or a bracket before it is not closed',
  ],
  ['an empty file', withFile(rollen, ''), 'datasets/zaken/rollen.yaml:1:1', 'the file: found nothing'],
  ['a list where a map is wanted', withFile(rollen, '- from: x\n'), 'datasets/zaken/rollen.yaml:1:1', 'the file: found a list'],
]
