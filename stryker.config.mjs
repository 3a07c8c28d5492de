/**
 * The mutation run over the rules: `npm run mutate`, or for one file `npm run mutate -- --mutate worker/rules/engine.ts`. It changes the code in
 * one place after the other and asks whether a test fails for it; below 90 % it ends with 1. A change by which a file cannot be loaded counts as
 * survived, because then no test fails: `''` for the time zone of `today.ts` is one. Values that are made while a file is loaded, such as the tables of
 * IBAN lengths, are left out: each change of one would take all tests anew. The report is in `.gemaal/mutation.json`.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  // Sentences for people; what tests can say of them is in the tests of texts.
  mutate: ['worker/rules/**/*.ts', '!worker/rules/built-in.ts', '!worker/rules/mend.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/worker/rules/mutation.config.ts' },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  // It would be rewritten through the JavaScript API of TypeScript, which version 7 does not have; Vitest needs no tsconfig.
  tsconfigFile: 'none',
  ignorePatterns: ['/dist', '/docs', '/.gemaal', '/test/workflows', '/test/kills'],
  tempDirName: '.gemaal/stryker',
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ['progress', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: '.gemaal/mutation.json' },
  thresholds: { high: 95, low: 90, break: 90 },
}
