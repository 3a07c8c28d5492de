/** `npm run bench:truth`: what test/rules-truth proves of 5,000 zaken, of 100,000. */
import { defineConfig, mergeConfig } from 'vitest/config'
import tests from '../vitest.config.js'

export default mergeConfig(
  { ...tests, test: { ...tests.test, include: [] } },
  defineConfig({ test: { include: ['bench/truth.ts'], testTimeout: 600_000, hookTimeout: 1_800_000 } }),
)
