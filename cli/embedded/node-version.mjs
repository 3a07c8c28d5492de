/** Ends the process with a clear message on a Node.js that is too old. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(
    `This is Node.js ${process.versions.node}, and Gemaal needs 20.19 or later. Get it from https://nodejs.org, then run the command again.`,
  )
  process.exit(1)
}
