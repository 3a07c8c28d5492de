import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive } from '../../../cli/embedded/processes.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { expectGone, startParent } from './parent-process.js'

let folder: TestFolder

beforeEach(async () => {
  folder = await openFolder()
})

afterEach(() => folder.remove())

test('a process that is killed leaves no server behind', async () => {
  const parent = await startParent(folder.path, 'both')
  for (const pid of [parent.postgres, parent.temporal]) expect(await isAlive(pid)).toBe(true)
  await parent.kill()
  await expectGone(parent.postgres, parent.temporal)
})
