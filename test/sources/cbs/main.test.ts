import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

test('the server as a program says where it listens, and stops when it is told to', async () => {
  const program = join(import.meta.dirname, '../../../dist/test/sources/cbs/main.js')
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  expect(await (await fetch(`${url}/odata/v1/CBS/86165NED/Properties`)).json()).toMatchObject({ Identifier: '86165NED' })
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect((await ended)[0]).toBe(0)
})
