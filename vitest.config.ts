import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    pool: 'forks',
    // Each worker may have a server and a Temporal worker at its side; more do not fit on the two cores that a small machine has.
    maxWorkers: 2,
    // Bounds for a test that hangs, wide enough for a busy machine; no test measures time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
