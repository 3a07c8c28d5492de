import { expect, test } from 'vitest'
import { json, probe, serve } from './loopback.js'

test('a request goes to a path under the base URL', async () => {
  const server = await serve(json({ results: [1] }))
  const http = probe(`${server.url}/api/v1`)
  const answer = await http.request({ url: 'zaken', params: { page: 2, leftOut: undefined } })
  expect(answer.body).toEqual({ results: [1] })
  expect(server.seen[0]!.url).toBe('/api/v1/zaken?page=2')
  http.close()
  await server.close()
})
