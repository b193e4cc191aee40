// Writes docs/reference/yaml.md from the field tables.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { referencePage } from '../src/core/spec/reference-page.ts'

const folder = path.resolve(import.meta.dirname, '../docs/reference')
mkdirSync(folder, { recursive: true })
writeFileSync(path.join(folder, 'yaml.md'), referencePage())
