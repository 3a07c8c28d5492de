import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withApproval } from '../../cli/approval.js'
import { loadSnapshot } from '../../config/load.js'
import type { ProjectFiles } from '../../config/project.js'

const approval = { by: 'fg@waterdam.example', on: '2026-10-14', reference: 'DPIA-2026-07', of: '7f3a9c21' }
const written = 'approved: { by: fg@waterdam.example, on: 2026-10-14, reference: DPIA-2026-07, of: 7f3a9c21 }'

/** Reads the register as a project does. */
function approved(register: string, activity = 'a') {
  const files: ProjectFiles = {
    'gemaal.yaml': 'gemaal: 1\norganisation: { name: W, code: 0363 }\ncontact: { data: d@waterdam.example, fg: fg@waterdam.example }\n',
    'activities.yaml': register,
  }
  return loadSnapshot(files).project.activities.get(activity)?.approved
}

describe('an approval is put in the register, and all else stays as it is to the letter', () => {
  const cases: { [what: string]: [before: string, after: string] } = {
    'after the last line of the activity, behind its comment': [
      '# van de FG\na:\n  purpose: x   # doel\n  basis: toestemming\n  until: 2028-12-31   # einde\n\n# de volgende\nb:\n  purpose: y\n  basis: toestemming\n  until: 2028-12-31\n',
      `# van de FG\na:\n  purpose: x   # doel\n  basis: toestemming\n  until: 2028-12-31   # einde\n  ${written}\n\n# de volgende\nb:\n  purpose: y\n  basis: toestemming\n  until: 2028-12-31\n`,
    ],
    'in place of an earlier one, on one line': [
      'a:\n  approved: { by: oud@waterdam.example, on: 2025-01-01, of: 00000000 } # was\n  purpose: x\n  basis: toestemming\n  until: 2028-12-31\n',
      `a:\n  ${written} # was\n  purpose: x\n  basis: toestemming\n  until: 2028-12-31\n`,
    ],
    'in place of an earlier one, as a block': [
      'a:\n  purpose: x\n  approved:\n    by: oud@waterdam.example\n    on: 2025-01-01\n    of: "00000000"\n  basis: toestemming\n  until: 2028-12-31\n',
      `a:\n  purpose: x\n  ${written}\n  basis: toestemming\n  until: 2028-12-31\n`,
    ],
    'between the braces of an activity on one line': [
      'a: { purpose: x, basis: toestemming, until: 2028-12-31 } # kort\n',
      `a: { purpose: x, basis: toestemming, until: 2028-12-31, ${written} } # kort\n`,
    ],
    'with the line ends of Windows': [
      'a:\r\n  purpose: x\r\n  basis: toestemming\r\n  until: 2028-12-31\r\n',
      `a:\r\n  purpose: x\r\n  basis: toestemming\r\n  until: 2028-12-31\r\n  ${written}\r\n`,
    ],
    'in a file without a line end at its end': [
      'a:\n    purpose: x\n    basis: toestemming\n    until: 2028-12-31',
      `a:\n    purpose: x\n    basis: toestemming\n    until: 2028-12-31\n    ${written}`,
    ],
    'after a list': [
      'a:\n  purpose: |\n    lang\n    verhaal\n  basis: toestemming\n  until: 2028-12-31\n  readers:\n    - data_team # wie\n    # en niemand anders\nb:\n  purpose: y\n  basis: toestemming\n  until: 2028-12-31\n',
      `a:\n  purpose: |\n    lang\n    verhaal\n  basis: toestemming\n  until: 2028-12-31\n  readers:\n    - data_team # wie\n  ${written}\n    # en niemand anders\nb:\n  purpose: y\n  basis: toestemming\n  until: 2028-12-31\n`,
    ],
  }
  for (const [what, [before, after]] of Object.entries(cases)) {
    test(what, () => {
      expect(withApproval(before, 'a', approval)).toBe(after)
      expect(approved(after)).toEqual(approval)
    })
  }
})

test('whatever comments and order a register has, only the line of the approval is added, and it is read as it was given', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abc :#\'"{}[],&*!|>-?%@`0'), minLength: 1, maxLength: 20 })
  const comment = fc.string({ unit: fc.constantFrom(...'abc:#{}'), maxLength: 12 }).map((c) => (c === '' ? '' : `  # ${c}`))
  const activity = fc
    .record({
      name: fc.constantFrom('a', 'b', 'c-d'),
      comments: fc.array(comment, { minLength: 3, maxLength: 3 }),
      blank: fc.constantFrom('', '\n', '# los\n'),
    })
    .map(
      ({ name, comments, blank }) =>
        [
          name,
          `${name}:\n  purpose: x${comments[0]}\n  basis: toestemming${comments[1]}\n  until: 2028-12-31${comments[2]}\n${blank}`,
        ] as const,
    )
  const register = fc.uniqueArray(activity, { selector: ([name]) => name, minLength: 1 })
  fc.assert(
    fc.property(register, text, fc.nat(), (entries, reference, at) => {
      const before = entries.map(([, lines]) => lines).join('')
      const [name] = entries[at % entries.length]!
      const after = withApproval(before, name, { ...approval, reference })!
      const lines = after.split('\n')
      const added = lines.findIndex((line) => line.startsWith('  approved: '))
      expect(lines.filter((_, i) => i !== added).join('\n')).toBe(before)
      // The form trims texts, and refuses one that is empty.
      if (reference.trim() !== '') expect(approved(after, name)).toEqual({ ...approval, reference: reference.trim() })
    }),
  )
})

test('an activity that is not there, and a register that cannot be read, are left alone', () => {
  expect(withApproval('a:\n  purpose: x\n', 'b', approval)).toBeUndefined()
  expect(withApproval('a: { purpose\n', 'a', approval)).toBeUndefined()
  expect(withApproval('', 'a', approval)).toBeUndefined()
  expect(withApproval('a: x\n', 'a', approval)).toBeUndefined()
})
