// Says by its exit code whether node_modules holds what package-lock.json asks for.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = process.argv[2] ?? '.'

function packagesOf(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages
}

try {
  const wanted = packagesOf('package-lock.json')
  const installed = packagesOf('node_modules/.package-lock.json')
  // Optional packages are those of other platforms.
  const isMissing = Object.entries(wanted).some(
    ([name, { version, optional }]) =>
      name !== '' && !optional && installed[name]?.version !== version,
  )
  process.exitCode = isMissing ? 1 : 0
} catch {
  process.exitCode = 1
}
