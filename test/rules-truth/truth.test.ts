import { proveRules } from './proof.js'

// `npm run bench:truth` does the same for 100,000.
proveRules(5_000)
