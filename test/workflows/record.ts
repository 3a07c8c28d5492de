import { mkdir, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { folder, historyText, readableText, recordedHistories } from './histories.js'
import { playScenes } from './scenes.js'

test('histories of all scenes are recorded', async () => {
  await mkdir(folder, { recursive: true })
  for (const { name } of await recordedHistories()) await rm(`${folder}${name}.json`)
  await playScenes(async (name, history, { project }) => {
    const text = historyText(history)
    // Keys and secrets of this recording: those who read the files later cannot look for them.
    for (const secret of Object.entries(project.environment).filter(([variable]) => /KEY|SECRET/.test(variable)))
      expect(readableText(text).includes(secret[1]), `${name} holds ${secret[0]}`).toBe(false)
    await writeFile(`${folder}${name}.json`, text)
  })
})
