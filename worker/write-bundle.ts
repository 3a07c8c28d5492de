/** `npm run bundle`: makes the bundle of the workflows as they were built, for an image. */
import { shippedBundles, workflowBundle } from './bundle.js'

console.log(await workflowBundle(shippedBundles))
