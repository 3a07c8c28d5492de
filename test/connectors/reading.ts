/** What the checks of a connector read with, for the tests of single connectors. */
export * from '../../connectors/conformance/open.js'
export * from '../../connectors/conformance/reading.js'
