import { existsSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { anchorsOf, linksOf, pages } from './pages.js'

test.for(pages)('each link of %s leads somewhere', (page) => {
  const faults = linksOf(page).flatMap(({ line, to }) => {
    if (/^https?:/.test(to)) return URL.canParse(to) ? [] : [`${page}:${line} ${to} is no address`]
    const [path = '', anchor] = to.split('#')
    const target = path === '' ? page : relative(root, join(root, dirname(page), decodeURIComponent(path))).replaceAll('\\', '/')
    if (target.startsWith('..')) return [`${page}:${line} ${to} leads out of the repository`]
    if (!existsSync(join(root, target))) return [`${page}:${line} ${to}: there is no ${target}`]
    if (anchor === undefined) return []
    if (statSync(join(root, target)).isDirectory() || !anchorsOf(target).has(anchor))
      return [`${page}:${line} ${to}: there is no such heading`]
    return []
  })
  expect(faults).toEqual([])
})

test('every page of docs/ can be reached from the README', () => {
  const reached = new Set<string>()
  const walk = (page: string) => {
    if (reached.has(page) || !pages.includes(page)) return
    reached.add(page)
    for (const { to } of linksOf(page)) {
      const path = to.split('#')[0]!
      if (path !== '' && !/^https?:/.test(path)) walk(relative(root, join(root, dirname(page), path)).replaceAll('\\', '/'))
    }
  }
  walk('README.md')
  expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([])
})
