import { z } from 'zod'
import { text } from '../form.js'
import { entitySets } from '../odata/settings.js'

/** Settings of a source beyond the common ones. */
export const settings = z.strictObject({
  tenant: text.meta({ description: 'Id or domain of the tenant in Microsoft Entra, where the token comes from.' }),
  environment: text
    .regex(/^https:\/\/[^/]+$/, 'expected the address of the environment without a path, such as https://waterdam.crm4.dynamics.com')
    .meta({ description: 'Address of the environment, for which the token is asked: https://waterdam.crm4.dynamics.com.' }),
  entitySets,
})
