import { proveRules } from '../test/rules-truth/proof.js'

proveRules(100_000)
