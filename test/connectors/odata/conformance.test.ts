import { conforms } from '../conformance.js'
import { odataFixture } from '../fixtures/odata.js'

// Version 4 is read by the suite over all connectors.
conforms('odata, version 2', odataFixture(2))
