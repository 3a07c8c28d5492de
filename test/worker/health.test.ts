import { expect, onTestFinished, test } from 'vitest'
import { serveHealth } from '../../worker/health.js'

async function asked(path: string, ready: () => Promise<string | undefined>): Promise<[status: number, text: string]> {
  const health = await serveHealth(0, ready)
  onTestFinished(() => health.close())
  const answer = await fetch(`http://127.0.0.1:${health.port}${path}`)
  return [answer.status, await answer.text()]
}

const broken = () => Promise.reject(new Error('postgres://gemaal:geheim@warehouse/gemaal'))

test('a process that lives says so, whether or not it can work', async () => {
  expect(await asked('/healthz', broken)).toEqual([200, 'alive\n'])
})

test('a process that can work says so', async () => {
  expect(await asked('/readyz', async () => undefined)).toEqual([200, 'ready\n'])
})

test('one that cannot says what is missing', async () => {
  expect(await asked('/readyz', async () => 'no connection to the warehouse')).toEqual([503, 'no connection to the warehouse\n'])
})

test('one that cannot tell is not ready, and repeats no error', async () => {
  expect(await asked('/readyz', broken)).toEqual([503, 'not ready\n'])
})

test('anything else is not here', async () => {
  expect((await asked('/metrics', async () => undefined))[0]).toBe(404)
})

test('a port that is taken is told', async () => {
  const first = await serveHealth(0, async () => undefined)
  onTestFinished(() => first.close())
  await expect(serveHealth(first.port, async () => undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
