/** The checks of a connector as tests, one a check and stream. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { connectorChecks, lastChecks, streamChecks } from '../../connectors/conformance/checks.js'
import { type Fixture, Suite } from '../../connectors/conformance/suite.js'

export type { Fixture } from '../../connectors/conformance/suite.js'

export function conforms(name: string, fixture: Fixture): void {
  describe(`connector ${name}`, () => {
    let suite: Suite

    beforeAll(async () => {
      suite = await Suite.open(fixture)
    })
    afterAll(() => suite?.close())

    for (const { sentence, run } of connectorChecks) test(sentence, () => run(suite))
    describe.each(fixture.streams)('stream %s', (stream) => {
      for (const { sentence, run } of streamChecks) test(sentence, () => run(suite, stream))
    })
    for (const { sentence, run } of lastChecks) test(sentence, () => run(suite))
  })
}
