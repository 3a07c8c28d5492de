/** Code lists of Zaken API 1.5.1, Catalogi API 1.3.1, Documenten API 1.4.2 and Besluiten API 1.1.0, in the order of the standard where that order means something. */

/** From open to secret. */
export const vertrouwelijkheidaanduiding = [
  'openbaar',
  'beperkt_openbaar',
  'intern',
  'zaakvertrouwelijk',
  'vertrouwelijk',
  'confidentieel',
  'geheim',
  'zeer_geheim',
] as const

/** The standard's values, and those that Open Zaak gives since its experimental extension; both occur in one server. */
export const betalingsindicatie = ['nvt', 'nog_niet', 'gedeeltelijk', 'geheel', 'gefactureerd', 'gecrediteerd', 'betaald'] as const

export const archiefnominatie = ['blijvend_bewaren', 'vernietigen'] as const

export const archiefstatus = ['nog_te_archiveren', 'gearchiveerd', 'gearchiveerd_procestermijn_onbekend', 'overgedragen'] as const

export const aardRelatieZaken = ['vervolg', 'onderwerp', 'bijdrage', 'overig'] as const

/** `vestiging` is deprecated in favour of `niet_natuurlijk_persoon` with a vestigingsNummer; both occur. */
export const betrokkeneType = [
  'natuurlijk_persoon',
  'niet_natuurlijk_persoon',
  'vestiging',
  'organisatorische_eenheid',
  'medewerker',
] as const

export const omschrijvingGeneriekRol = [
  'adviseur',
  'behandelaar',
  'belanghebbende',
  'beslisser',
  'initiator',
  'klantcontacter',
  'zaakcoordinator',
  'mede_initiator',
] as const

export const indicatieMachtiging = ['gemachtigde', 'machtiginggever'] as const

export const geslachtsaanduiding = ['m', 'v', 'o'] as const

export const innRechtsvorm = [
  'besloten_vennootschap',
  'cooperatie_europees_economische_samenwerking',
  'europese_cooperatieve_venootschap',
  'europese_naamloze_vennootschap',
  'kerkelijke_organisatie',
  'naamloze_vennootschap',
  'onderlinge_waarborg_maatschappij',
  'overig_privaatrechtelijke_rechtspersoon',
  'stichting',
  'vereniging',
  'vereniging_van_eigenaars',
  'publiekrechtelijke_rechtspersoon',
  'vennootschap_onder_firma',
  'maatschap',
  'rederij',
  'commanditaire_vennootschap',
  'kapitaalvennootschap_binnen_eer',
  'overige_buitenlandse_rechtspersoon_vennootschap',
  'kapitaalvennootschap_buiten_eer',
] as const

export const objectType = [
  'adres',
  'besluit',
  'buurt',
  'enkelvoudig_document',
  'gemeente',
  'gemeentelijke_openbare_ruimte',
  'huishouden',
  'inrichtingselement',
  'kadastrale_onroerende_zaak',
  'kunstwerkdeel',
  'maatschappelijke_activiteit',
  'medewerker',
  'natuurlijk_persoon',
  'niet_natuurlijk_persoon',
  'openbare_ruimte',
  'organisatorische_eenheid',
  'pand',
  'spoorbaandeel',
  'status',
  'terreindeel',
  'terrein_gebouwd_object',
  'vestiging',
  'waterdeel',
  'wegdeel',
  'wijk',
  'woonplaats',
  'woz_deelobject',
  'woz_object',
  'woz_waarde',
  'zakelijk_recht',
  'overige',
] as const

export const afleidingswijze = [
  'afgehandeld',
  'ander_datumkenmerk',
  'eigenschap',
  'gerelateerde_zaak',
  'hoofdzaak',
  'ingangsdatum_besluit',
  'termijn',
  'vervaldatum_besluit',
  'zaakobject',
] as const

export const formaat = ['tekst', 'getal', 'datum', 'datum_tijd'] as const

export const indicatieInternOfExtern = ['inkomend', 'intern', 'uitgaand', 'extern'] as const

export const aardRelatieZaaktypen = ['vervolg', 'bijdrage', 'onderwerp'] as const

/** From draft to archive. */
export const documentstatus = ['in_bewerking', 'ter_vaststelling', 'definitief', 'gearchiveerd'] as const

export const ondertekeningSoort = ['analoog', 'digitaal', 'pki'] as const

export const algoritme = [
  'crc_16',
  'crc_32',
  'crc_64',
  'fletcher_4',
  'fletcher_8',
  'fletcher_16',
  'fletcher_32',
  'hmac',
  'md5',
  'sha_1',
  'sha_256',
  'sha_512',
  'sha_3',
] as const

export const objectTypeVanDocument = ['besluit', 'zaak', 'verzoek'] as const

export const vervalreden = ['tijdelijk', 'ingetrokken_overheid', 'ingetrokken_belanghebbende'] as const
