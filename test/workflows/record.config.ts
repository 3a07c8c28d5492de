/** `npm run histories`: records the histories that `replay.test.ts` replays. */
import { defineConfig, mergeConfig } from 'vitest/config'
import tests from '../../vitest.config.js'

export default mergeConfig(
  { ...tests, test: { ...tests.test, include: [] } },
  defineConfig({ test: { include: ['test/workflows/record.ts'], testTimeout: 600_000 } }),
)
