import type { StreamSettings } from './settings.js'
import type { Service } from './table.js'
import { v3 } from './v3.js'
import { v4 } from './v4.js'

/** The version of the service that a stream is read by. */
export const serviceOf = ({ version }: Pick<StreamSettings, 'version'>): Service => (version === 3 ? v3 : v4)
