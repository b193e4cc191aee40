// Writes the pages that are made from tables of the code.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { cliReference } from '../src/cli/help/reference.ts'

writeFileSync(path.join(import.meta.dirname, '..', 'docs', 'cli.md'), cliReference())
