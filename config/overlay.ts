import { isMap } from './form.js'
import type { Written, YamlFile } from './yaml.js'

/** One file laid over another: maps are merged, all else is replaced. A value stands where it was written last. */
export function overlaid(base: YamlFile, over: YamlFile): YamlFile {
  return {
    file: base.file,
    value: merged(base.value, over.value),
    at: (path = []) => (path.length > 0 && over.has(path) ? over : base).at(path),
    keyAt: (path) => (over.has(path) ? over : base).keyAt(path),
    has: (path) => over.has(path) || base.has(path),
  }
}

function merged(base: Written, over: Written): Written {
  if (!isMap(base) || !isMap(over)) return over
  const both = Object.entries(over).map(([key, value]) => [key, key in base ? merged(base[key]!, value) : value] as const)
  return { ...base, ...Object.fromEntries(both) }
}
