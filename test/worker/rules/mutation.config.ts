/**
 * The tests that a mutation run judges the rules by (`npm run mutate`): those that need no server, because each runs thousands of times.
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/worker/rules/**/*.test.ts', 'test/worker/pipeline/check.test.ts', 'test/worker/planning/record-rules.test.ts'],
    exclude: ['test/worker/rules/texts.test.ts'],
    // The changed code is slower, and the first run takes all tests with what counts their steps.
    testTimeout: 600_000,
  },
})
