import { vi } from 'vitest'
import { proveRules } from './proof.js'

// Two readings of some 50,000 records: on a busy machine they take their time.
vi.setConfig({ hookTimeout: 600_000 })

// `npm run bench:truth` does the same for 100,000.
proveRules(5_000)
