/** The name of a stream for what a source calls otherwise: snake_case, beginning with a letter. */
export function streamNameFor(name: string): string {
  const snake = name
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
  return /^[a-z]/.test(snake) ? snake : `t_${snake}`
}
