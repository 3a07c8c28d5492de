/** What a worker registers. */
export { byKey } from './by-key.js'
export { notified } from './notified.js'
export { publish } from './publish.js'
export { stream } from './stream.js'
export { sync } from './sync.js'
