import { z } from 'zod'
import { email, text, textLike } from './words.js'

/** `gemaal.yaml`: the municipality whose project this is. */
export const gemaalForm = z.strictObject({
  gemaal: z
    .literal(1, { error: '1, the version of the form that this version of Gemaal reads' })
    .describe('Version of the form of all files of the project'),
  organisation: z
    .strictObject({
      name: text.describe('Name of the municipality'),
      code: textLike(/^\d{4}$/, 'a gemeentecode of four digits, such as 0363').describe('CBS code of the municipality: four digits'),
      rsin: textLike(/^\d{9}$/, 'an RSIN of nine digits')
        .optional()
        .describe('RSIN of the municipality: nine digits'),
    })
    .describe('The municipality'),
  contact: z
    .strictObject({
      data: email.describe('Who mends the data: owner of each dataset that names no other'),
      fg: email.describe('The privacy officer (FG), who owns activities.yaml'),
    })
    .describe('Whom to ask'),
  buurten: textLike(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'a dataset as <schema>.<dataset>, such as gebieden.buurten')
    .optional()
    .describe(
      "Dataset with the boundaries of the CBS buurten, by which treatment 'buurt' works: its key is the code of a buurt, its one geometry the area",
    ),
})

export type Gemaal = z.output<typeof gemaalForm>
