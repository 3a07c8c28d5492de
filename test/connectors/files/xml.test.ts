import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { deliveries, fields } from './folder.js'

const record = fields({
  nr: 'text',
  bedrag: 'decimal',
  dag: 'date',
  adres: { fields: fields({ postcode: 'text', soort: 'text' }) },
  tag: { type: 'text', kind: 'none', list: true },
  regel: { list: true, fields: fields({ dag: 'date' }) },
})

async function xml(content: string | Uint8Array, settings: JsonObject = {}) {
  const folder = await deliveries()
  await folder.put('a.xml', content)
  return folder.read({ files: '*.xml', format: 'xml', records: 'zaak', key: 'nr', record, ...settings })
}

const one = async (inside: string, settings: JsonObject = {}) => (await xml(`<lijst><zaak>${inside}</zaak></lijst>`, settings)).records[0]

describe('XML', () => {
  test('has a record for each element of the name, whatever its prefix and wherever it stands', async () => {
    const { records } = await xml(
      '<?xml version="1.0"?>\n<z:lijst xmlns:z="urn:z"><kop><nr>0</nr></kop><z:zaak><z:nr>001</z:nr></z:zaak><deel><zaak><nr>2</nr></zaak></deel></z:lijst>',
    )
    expect(records).toEqual([{ nr: '001' }, { nr: '2' }])
  })

  test('has attributes and elements as fields, groups, and lists also where there is one', async () => {
    expect(
      await one(
        '<adres soort="post"><postcode>1234AB</postcode></adres><tag>a</tag><regel><dag>2026-03-05</dag></regel><regel><dag>2026-03-06</dag></regel>',
      ),
    ).toEqual({ adres: { soort: 'post', postcode: '1234AB' }, tag: ['a'], regel: [{ dag: '2026-03-05' }, { dag: '2026-03-06' }] })
    expect((await xml('<l><zaak nr="7" xmlns:x="urn:x"/></l>')).records).toEqual([{ nr: '7' }])
  })

  test('an element without anything and one that is nil are null, also where a group is stated', async () => {
    expect(await one('<nr/><bedrag></bedrag><dag xsi:nil="true" xmlns:xsi="x"/>')).toEqual({ nr: null, bedrag: null, dag: null })
  })

  test('reads numbers and days as stated, without the spaces around them and what a day says of its zone', async () => {
    expect(await one('<bedrag>\n 1.5 </bedrag><dag>2026-03-05+01:00</dag>')).toEqual({ bedrag: '1.5', dag: '2026-03-05' })
    expect(await one('<bedrag>1.234,5</bedrag><dag>5-3-2026</dag>', { decimal: ',', dates: 'dd-mm-jjjj' })).toEqual({
      bedrag: '1234.5',
      dag: '2026-03-05',
    })
  })

  test('knows the five entities, characters by number and CDATA', async () => {
    expect(await one('<nr>a&amp;b&lt;&#233;&#x20AC;<![CDATA[<c>&]]></nr>')).toEqual({ nr: 'a&b<é€<c>&' })
  })

  test('an element that comes again where one is stated is a list, for shape to refuse; what nobody described is reported', async () => {
    expect(await one('<nr>1</nr><nr>2</nr><nieuw><a>x</a></nieuw>los')).toEqual({ nr: ['1', '2'], nieuw: { a: 'x' }, text: 'los' })
  })

  test.each([
    [
      'in the charset that it declares',
      Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><l><zaak><nr>Caf\xe9</nr></zaak></l>', 'latin1'),
    ],
    ['in UTF-16', Buffer.from('\uFEFF<?xml version="1.0" encoding="UTF-16"?><l><zaak><nr>Café</nr></zaak></l>', 'utf16le')],
    ['in UTF-8 with a mark', '\uFEFF<l><zaak><nr>Café</nr></zaak></l>'],
  ])('is read %s', async (_, content) => {
    expect((await xml(content)).records).toEqual([{ nr: 'Café' }])
  })

  const laughs = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "canary">${['b', 'c', 'd'].map((name, at) => `<!ENTITY ${name} "${`&${'abc'[at]};`.repeat(10)}">`).join('')}]><l><zaak><nr>&d;</nr></zaak></l>`

  test.each([
    ['a document type, by which a few bytes become gigabytes', laughs, /line 1: it has a document type, which is not read/],
    ['a file from outside', '<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>', /document type/],
    ['an entity that nobody declared', '<l><zaak>&canary;</zaak></l>', /not well-formed/],
    ['an end that is not there', '<l>\n<zaak><nr>canary', /line \d: it is not well-formed XML/],
    ['elements that cross', '<l><zaak><nr></zaak></nr></l>', /not well-formed/],
    ['elements without end inside each other', `<l>${'<a>'.repeat(200)}`, /nested more than 100 deep/],
    ['a record that does not end', `<l><zaak><nr>${'x'.repeat(5 * 1024 * 1024)}`, /more than 4194304 characters|larger than 4194304/],
    ['a byte that is not in its charset', Buffer.from('<l><zaak><nr>\xff</nr></zaak></l>', 'latin1'), /not well-formed/],
  ])('with %s is refused, and no word of it is told', async (_, content, message) => {
    const error: Error = await xml(content).catch((caught) => caught)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('canary')
  })
})
