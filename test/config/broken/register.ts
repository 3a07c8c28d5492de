import { changed } from '../files.js'
import type { Broken } from './broken.js'

const register = 'activities.yaml'

/** Slips in the activity register. */
export const registerSlips: readonly Broken[] = [
  [
    'a misspelt legal basis',
    changed(register, 'basis: wettelijke verplichting', 'basis: wettelijke verplichtng'),
    'activities.yaml:17:10',
    "'basis': found 'wettelijke verplichtng'",
    'wettelijke verplichting',
  ],
  [
    'an activity without a purpose',
    changed(register, '  purpose: Sturen op meldingen over gebouwen en werkplekken.\n', ''),
    'activities.yaml:8:1',
    "missing key 'purpose' in 'facilitair'",
  ],
  [
    'a legal basis without its law',
    changed(register, '  law: Wmo 2015 art. 2.5.1\n', ''),
    'activities.yaml:14:1',
    "missing key 'law': the basis 'wettelijke verplichting' rests on a law",
  ],
  ['a Dutch date', changed(register, 'until: 2027-12-31', 'until: 31-12-2027'), 'activities.yaml:22:10', "'until': found '31-12-2027'"],
  [
    'a day that does not exist',
    changed(register, 'until: 2027-12-31', 'until: 2027-02-29'),
    'activities.yaml:22:10',
    "'until': found '2027-02-29'",
  ],
  [
    'an end before the beginning',
    changed(register, 'until: 2027-12-31', 'until: 2025-12-31'),
    'activities.yaml:22:10',
    "'until' 2025-12-31 lies before 'from' 2026-01-01",
  ],
  [
    'two letters of a treatment in the wrong order',
    changed(register, 'geboortedatum: year', 'geboortedatum: yaer'),
    'activities.yaml:23:49',
    "'geboortedatum': found 'yaer'",
    'year',
  ],
  [
    'a treatment that does not suit its kind',
    changed(register, 'geboortedatum: year', 'geboortedatum: pc4'),
    'activities.yaml:23:49',
    "'pc4' does not suit the kind 'geboortedatum'",
  ],
  [
    'a misspelt kind in the register',
    changed(register, 'geboortedatum: year', 'geboortdatum: year'),
    'activities.yaml:23:34',
    "unknown key 'geboortdatum'",
    'geboortedatum',
  ],
  [
    'an ordinary kind under special',
    changed(register, 'special: [gezondheid]', 'special: [bsn]'),
    'activities.yaml:24:13',
    "item 1 of 'special': found 'bsn'",
  ],
  [
    'a special kind that is not named under special',
    changed(register, 'locatie: buurt }', 'locatie: buurt, religie: keep }'),
    'activities.yaml:23:95',
    "'religie' is a kind of AVG article 9 or 10; name it under 'special' too",
  ],
  [
    'a misspelt word for the log',
    changed(register, 'log: subject', 'log: subjects'),
    'activities.yaml:27:8',
    "'log': found 'subjects'",
    'subject',
  ],
  ['an approval of no fingerprint', changed(register, 'of: 7f3a9c21', 'of: later'), 'activities.yaml:28:85', "'of': found 'later'"],
  [
    'a misspelt key of an approval',
    changed(register, 'reference: DPIA', 'refernce: DPIA'),
    'activities.yaml:28:56',
    "unknown key 'refernce'",
    'reference',
  ],
]
