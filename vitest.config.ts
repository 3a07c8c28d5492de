import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest begin first, so that none is left to run by itself at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const folders = ['/test/kills/random-', '/test/kills/', '/test/pitfalls/', '/test/privacy/', '/test/cli/', '/test/docs/']
    const rank = ({ moduleId }: TestSpecification) => {
      const at = folders.findIndex((folder) => moduleId.includes(folder))
      return at < 0 ? folders.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    pool: 'forks',
    // Each worker may have a server and a Temporal worker at its side; more do not fit on the two cores that a small machine has.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Bounds for a test that hangs, wide enough for a busy machine; no test measures time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
