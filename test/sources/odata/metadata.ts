import type { Edm, EntitySet, Version } from './model.js'

/** `$metadata` of a service, with words in the way of each version: annotations, or attributes of SAP. */
export function metadataOf(sets: readonly EntitySet[], version: Version, tracked: readonly string[]): string {
  const types = sets.map((set) => entityType(set, version)).join('')
  const container = sets.map(({ name }) => `<EntitySet Name="${name}" EntityType="Self.${name}Type">${tracks(name)}</EntitySet>`).join('')
  const schema = `${types}<EntityContainer Name="Container">${container}</EntityContainer>`
  if (version === 4)
    return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Waterdam.Meldingen" Alias="Self" xmlns="http://docs.oasis-open.org/odata/ns/edm">${schema}
<Annotations Target="Self.MeldingenType/Bedrag"><Annotation Term="Org.OData.Core.V1.Description" String="Kosten van het herstel"/></Annotations>
</Schema></edmx:DataServices></edmx:Edmx>`
  return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
<edmx:DataServices m:DataServiceVersion="${version}.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
<Schema Namespace="Waterdam.Meldingen" Alias="Self" xmlns="http://schemas.microsoft.com/ado/2009/11/edm" xmlns:sap="http://www.sap.com/Protocols/SAPData">${schema}</Schema>
</edmx:DataServices></edmx:Edmx>`

  function tracks(name: string): string {
    return tracked.includes(name)
      ? '<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record><PropertyValue Property="Supported" Bool="true"/></Record></Annotation>'
      : ''
  }
}

function entityType({ name, key, fields }: EntitySet, version: Version): string {
  const complex: string[] = []
  const properties = Object.entries(fields).map(([field, edm]) => {
    if (typeof edm === 'object')
      complex.push(
        `<ComplexType Name="${field}Type">${Object.entries(edm)
          .map(([inner, type]) => property(inner, type, version))
          .join('')}</ComplexType>`,
      )
    return property(field, edm, version)
  })
  const refs = key.map((field) => `<PropertyRef Name="${field}"/>`).join('')
  return `${complex.join('')}<EntityType Name="${name}Type"><Key>${refs}</Key>${properties.join('')}<Property Name="Foto" Type="Edm.Binary"/></EntityType>`
}

function property(name: string, edm: Edm, version: Version): string {
  const type = typeof edm === 'object' ? `Self.${name}Type` : `Edm.${edm}`
  const words = name === 'Bedrag' && version < 4 ? ' sap:label="Kosten van het herstel"' : ''
  return `<Property Name="${name}" Type="${type}"${words}/>`
}
