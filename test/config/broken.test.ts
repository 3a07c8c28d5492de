import { expect, test } from 'vitest'
import { problemText } from '../../config/problem.js'
import { contractSlips } from './broken/contract.js'
import { layoutSlips } from './broken/layout.js'
import { projectSlips } from './broken/project.js'
import { registerSlips } from './broken/register.js'
import { sourceSlips } from './broken/source.js'
import { yamlSlips } from './broken/yaml.js'
import { changed, problemsOf } from './files.js'

const rollen = 'datasets/zaken/rollen.yaml'
const register = 'activities.yaml'
const gemaal = 'gemaal.yaml'
const zaaksysteem = 'sources/zaaksysteem.yaml'

const slips = [...yamlSlips, ...projectSlips, ...registerSlips, ...sourceSlips, ...contractSlips, ...layoutSlips]

test.for(slips)('%s is refused at its place, and nothing else', ([, files, place, says, nearest]) => {
  const problems = problemsOf(files)
  const [problem] = problems
  expect(problems.map(problemText)).toHaveLength(1)
  expect(`${problem?.file}:${problem?.line}:${problem?.column}`).toBe(place)
  expect(problem?.message).toContain(says)
  expect(problem?.nearest).toBe(nearest)
  if (nearest) expect(problem?.message).toContain(`did you mean '${nearest}'?`)
})

test('all that is wrong is told at once, by file and line', () => {
  const files = changed(
    rollen,
    '[bsn]',
    '[bns]',
    changed(rollen, 'activity:', 'activty:', changed(gemaal, '0363', '363', changed(register, 'log: subject', 'log: all'))),
  )
  expect(problemsOf(files).map(({ file, line }) => `${file}:${line}`)).toEqual([
    'activities.yaml:27',
    'datasets/zaken/rollen.yaml:2',
    'datasets/zaken/rollen.yaml:3',
    'gemaal.yaml:2',
  ])
})

test('a problem is one line: place, what is wrong, what is expected, the nearest word', () => {
  expect(problemText(problemsOf(changed(zaaksysteem, 'read: full', 'read: ful'))[0]!)).toBe(
    "sources/zaaksysteem.yaml:14:44  'read': found 'ful'; expected one of changes, full; did you mean 'full'?",
  )
})
