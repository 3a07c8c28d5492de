import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureTemporalBinary } from '../../../cli/embedded/temporal-binary.js'
import { openFolder, type TestFolder } from '../../support/folder.js'

let folder: TestFolder
let proxy: { url: string; asked: string[]; close(): void }
let said: string[]
/** Folder on PATH, beside the shell's own. */
let bin: string
/** Folder of kept programs. */
let cache: string

beforeEach(async () => {
  folder = await openFolder()
  bin = join(folder.path, 'bin')
  cache = join(folder.path, 'cache', 'gemaal', 'bin')
  said = []
  await mkdir(bin)
  proxy = await refusingProxy()
})

afterEach(async () => {
  proxy.close()
  await folder.remove()
})

test('the program on PATH goes before a kept one', async () => {
  await program(bin, 'temporal')
  await program(cache, 'temporal-1.5.1')
  expect(await ensure()).toBe(join(bin, 'temporal'))
})

test('a kept one is taken when there is none on PATH, or when the one on PATH does not run', async () => {
  await program(cache, 'temporal-1.5.1')
  expect(await ensure()).toBe(join(cache, 'temporal-1.5.1'))
  await program(bin, 'temporal', 'echo "for another machine" >&2; exit 126')
  expect(await ensure()).toBe(join(cache, 'temporal-1.5.1'))
  expect(said).toEqual([])
})

test('what the SDK downloaded before is taken, too', async () => {
  await program(cache, 'temporal-sdk-typescript-1.24.0')
  expect(await ensure()).toBe(join(cache, 'temporal-sdk-typescript-1.24.0'))
})

test('without either it is downloaded by the SDK, and where that is refused, built with Go, once', async () => {
  await program(
    bin,
    'go',
    `[ "$CGO_ENABLED" = 0 ] || exit 1\necho "$@" > '${folder.path}/asked-of-go'\nprintf '#!/bin/sh\\n' > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"`,
  )
  expect(await ensure()).toBe(join(cache, 'temporal-1.5.1'))
  expect(proxy.asked).toContain('temporal.download:443')
  expect(said).toEqual([
    expect.stringContaining('downloading'),
    expect.stringMatching(/no download: .*failed to download ephemeral server executable: .*tunnel/),
    expect.stringContaining('This takes about four minutes, once.'),
    expect.stringContaining('built in'),
  ])
  expect(await readFile(join(folder.path, 'asked-of-go'), 'utf8')).toMatch(
    /^install .*github\.com\/temporalio\/cli\/cmd\/temporal@v1\.5\.1\n$/,
  )
  expect(await readdir(cache)).toEqual(['temporal-1.5.1'])
  await program(bin, 'go', 'exit 1')
  expect(await ensure()).toBe(join(cache, 'temporal-1.5.1'))
})

test('a failure says what was tried, why each failed, and where to put the program by hand', async () => {
  await program(bin, 'temporal', 'echo "for another machine" >&2; exit 126')
  await program(bin, 'go', 'echo "dial tcp: lookup proxy.golang.org: no such host" >&2; exit 1')
  const failure = await ensure().catch((error: Error) => error.message)
  expect(failure).toMatch(
    new RegExp(
      [
        'There is no Temporal server on this machine. Tried, in this order:',
        '  - the program temporal on PATH: .*for another machine',
        `  - an earlier download or build in ${cache}: there is none`,
        '  - the download of the Temporal SDK, .*: .*failed to download ephemeral server executable.*',
        '  - go install github.com/temporalio/cli/cmd/temporal@v1.5.1: .*no such host',
        'To place it by hand: .*',
        `or at ${join(cache, 'temporal-1.5.1')}. Or set TEMPORAL_ADDRESS .*`,
      ].join('\n'),
    ),
  )
  expect(await readdir(cache)).toEqual([])
})

test('a machine without Go is told so', async () => {
  await expect(ensure()).rejects.toThrow('the program go is not on PATH')
})

function ensure(): Promise<string> {
  const environment = {
    PATH: bin,
    XDG_CACHE_HOME: join(folder.path, 'cache'),
    HOME: folder.path,
    HTTPS_PROXY: proxy.url,
  }
  return ensureTemporalBinary({ environment, log: (line) => said.push(line) })
}

async function program(where: string, name: string, script = 'exit 0'): Promise<void> {
  await mkdir(where, { recursive: true })
  await writeFile(join(where, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`)
  await chmod(join(where, name), 0o755)
}

/** A network in which nothing can be reached: the proxy that every request goes through refuses. */
async function refusingProxy(): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => server.close() }
}
