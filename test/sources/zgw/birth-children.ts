import type { World } from './birth.js'
import { amsterdamMidnight, dayOf, dayText, hour } from './calendar.js'
import { addDocument, relate } from './documents.js'
import type { JsonRecord, Rol, Zaak } from './model.js'

/** Adds the rollen, zaakeigenschappen, zaakobjecten and zaakinformatieobjecten that a zaak begins with. */
export function addChildren(world: World, zaak: Zaak, initiator: 'burger' | 'bedrijf' | 'beide'): void {
  const { random } = world
  const byCompany = initiator === 'bedrijf' || (initiator === 'beide' && random.chance(0.4))
  addRol(world, zaak, 'initiator', byCompany ? 'niet_natuurlijk_persoon' : 'natuurlijk_persoon')
  if (random.chance(0.85)) addRol(world, zaak, 'behandelaar', 'medewerker')
  if (random.chance(0.06)) addRol(world, zaak, 'belanghebbende', 'vestiging')
  else if (random.chance(0.04)) addRol(world, zaak, 'belanghebbende', 'natuurlijk_persoon')
  if (random.chance(0.05)) addRol(world, zaak, 'zaakcoordinator', 'organisatorische_eenheid')
  addZaakeigenschappen(world, zaak)
  if (random.chance(0.55)) addZaakobject(world, zaak)
  const documents = random.integer(0, 2)
  for (let i = 0; i < documents; i++) addZaakinformatieobject(world, zaak)
}

export function addRol(world: World, zaak: Zaak, generiek: string, betrokkeneType: string): Rol {
  const { municipality, random } = world
  const roltype = zaak.zaaktype.roltypen.find(({ omschrijvingGeneriek }) => omschrijvingGeneriek === generiek)!
  const byContact = betrokkeneType === 'niet_natuurlijk_persoon' && random.chance(0.3)
  const rol: Rol = {
    pk: municipality.rollen.nextPk(),
    uuid: random.uuid(),
    zaak,
    roltype,
    betrokkene: '',
    betrokkeneType,
    betrokkeneIdentificatie: identityOf(world, betrokkeneType),
    afwijkendeNaamBetrokkene: '',
    omschrijving: roltype.omschrijving,
    omschrijvingGeneriek: generiek,
    roltoelichting: generiek,
    registratiedatum: registrationMoment(world, zaak),
    indicatieMachtiging: random.chance(0.03) && betrokkeneType === 'natuurlijk_persoon' ? 'machtiginggever' : '',
    contactpersoonRol: byContact
      ? {
          emailadres: 'contact@organisatie.example',
          functie: 'projectleider',
          telefoonnummer: '020-5550100',
          naam: random.pick(world.people.persons).geslachtsnaam,
        }
      : null,
  }
  zaak.rollen.push(municipality.rollen.add(rol))
  return rol
}

export function identityOf({ people, random }: World, betrokkeneType: string): JsonRecord {
  if (betrokkeneType === 'natuurlijk_persoon') return random.pick(people.persons).identificatie
  if (betrokkeneType === 'niet_natuurlijk_persoon') return random.pick(people.companies)
  if (betrokkeneType === 'vestiging') return random.pick(people.vestigingen)
  return random.pick(betrokkeneType === 'medewerker' ? people.medewerkers : people.afdelingen)
}

function addZaakeigenschappen({ municipality, random }: World, zaak: Zaak): void {
  for (const eigenschap of zaak.zaaktype.eigenschappen) {
    if (random.chance(0.1)) continue
    const { zaakeigenschappen } = municipality
    const day = dayText(dayOf(zaak.startdatum) + 7).replaceAll('-', '')
    // The form of the ZGW standard (ztc-015): dates without hyphens, numbers with a comma.
    const values = {
      tekst: () => (eigenschap.waardenverzameling.length > 0 ? random.pick(eigenschap.waardenverzameling) : 'onbekend'),
      getal: () =>
        eigenschap.lengte.includes(',') ? `${random.integer(50, 90_000)},${random.integer(10, 99)}` : String(random.integer(1, 900)),
      datum: () => day,
      datum_tijd: () => `${day}${random.integer(10, 20)}0000`,
    }
    zaak.zaakeigenschappen.push(
      zaakeigenschappen.add({
        pk: zaakeigenschappen.nextPk(),
        uuid: random.uuid(),
        zaak,
        eigenschap,
        naam: eigenschap.naam,
        waarde: values[eigenschap.formaat](),
      }),
    )
  }
}

function addZaakobject({ municipality, people, random }: World, zaak: Zaak): void {
  const { zaakobjecten } = municipality
  const adres = random.pick(people.addresses)
  const number = String(random.integer(1, 9_999)).padStart(10, '0')
  const [objectType, objectIdentificatie] = random.pick<[string, JsonRecord]>([
    [
      'adres',
      {
        identificatie: adres.aoaIdentificatie!,
        wplWoonplaatsNaam: adres.wplWoonplaatsNaam!,
        gorOpenbareRuimteNaam: adres.gorOpenbareRuimteNaam!,
        huisnummer: adres.aoaHuisnummer!,
        huisletter: adres.aoaHuisletter!,
        huisnummertoevoeging: adres.aoaHuisnummertoevoeging!,
        postcode: adres.aoaPostcode!,
      },
    ],
    ['pand', { identificatie: `036310${number}` }],
    [
      'kadastrale_onroerende_zaak',
      {
        kadastraleIdentificatie: `WTD00${random.integer(100, 99_999)}`,
        kadastraleAanduiding: `Waterdam A ${random.integer(1, 9_999)}`,
      },
    ],
    ['overige', { overigeData: { lichtmast: `LM-${random.integer(100, 999)}`, storing: { soort: 'uitval', sinds: zaak.startdatum } } }],
  ])
  zaak.zaakobjecten.push(
    zaakobjecten.add({
      pk: zaakobjecten.nextPk(),
      uuid: random.uuid(),
      zaak,
      object: random.chance(0.1) && objectType === 'pand' ? `https://bag.waterdam.example/panden/036310${number}` : '',
      objectType,
      objectTypeOverige: objectType === 'overige' ? 'lichtmast' : '',
      relatieomschrijving: random.chance(0.4) ? 'Plaats waar de zaak over gaat' : '',
      objectIdentificatie,
    }),
  )
}

function addZaakinformatieobject(world: World, zaak: Zaak): void {
  const { municipality, random } = world
  const { zaakinformatieobjecten } = municipality
  const uuid = random.uuid()
  const document = random.uuid()
  const titel = random.pick(['Aanvraagformulier', 'Besluit', 'Ontvangstbevestiging', 'Advies'])
  const registratiedatum = registrationMoment(world, zaak)
  const row = zaakinformatieobjecten.add({
    pk: zaakinformatieobjecten.nextPk(),
    uuid,
    zaak,
    informatieobject: addDocument(world, document, { soort: titel, registered: registratiedatum, zaak }),
    titel,
    beschrijving: '',
    registratiedatum,
    status: null,
  })
  zaak.zaakinformatieobjecten.push(row)
  relate(world, row.informatieobject, zaak)
}

function registrationMoment({ random }: World, zaak: Zaak): number {
  return amsterdamMidnight(dayOf(zaak.registratiedatum)) + random.integer(8, 16) * hour + random.integer(1, 999_999)
}
