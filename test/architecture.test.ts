import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Who may import whom, as docs/architecture.md says. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  files: ['core', 'node:', 'ignore'],
  worker: ['node:'],
  store: ['core', 'node:'],
  storage: ['core', 'files', 'node:'],
  environments: ['core', 'node:'],
  compute: ['core', 'environments', 'node:'],
  assets: ['core', 'store', 'storage', 'files', 'node:'],
  engine: ['core', 'store', 'storage', 'assets', 'environments', 'compute', 'node:', 'croner'],
  api: ['core', 'files', 'store', 'storage', 'assets', 'engine', 'node:', 'fastify'],
  client: ['core', 'files', 'node:'],
  cli: ['core', 'client', 'files', 'node:', 'jmespath'],
  server: [
    'core',
    'files',
    'store',
    'storage',
    'environments',
    'compute',
    'assets',
    'engine',
    'api',
    'node:',
  ],
  'main.ts': ['cli', 'node:'],
  'index.ts': ['core', 'client'],
}

/** One file's leave to import more than its folder, each with the reason. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // The one command that runs the server in its own process.
  'src/cli/commands/server.ts': ['server'],
}

const SQLITE_ONLY_IN = 'src/store/db.ts'

const MOST_LINES = 400

/** What makes a result depend on more than the arguments. */
const IMPURE = /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|process\.env\b|setTimeout\(|fetch\()/

/** Sentences of SQL's own, outside the folder that keeps the tables. */
const SQL = /\bdb\.(?:get|all|run)\b/

interface Import {
  readonly file: string
  readonly specifier: string
}

function importsOf(file: string, text: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s*['"]([^'"]+)['"]/g
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
  }))
}

/** The folder below src/ that an import leads to, or the package's name, or `node:`. */
function targetOf({ file, specifier }: Import): string {
  if (specifier.startsWith('node:')) return 'node:'
  if (!specifier.startsWith('.')) return specifier.split('/')[0] ?? specifier
  return folderOf(path.posix.join(path.posix.dirname(file), specifier))
}

function folderOf(file: string): string {
  return file.split('/')[1] ?? file
}

export function findWrongImports(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) => {
    const folder = folderOf(file)
    const allowed = [folder, ...(MAY_IMPORT[folder] ?? []), ...(EXCEPTIONS[file] ?? [])]
    const imports = importsOf(file, text)
    const wrong = imports.filter((found) => !allowed.includes(targetOf(found)))
    const sqlite = imports.filter(
      ({ specifier }) => specifier === 'node:sqlite' && file !== SQLITE_ONLY_IN,
    )
    return [...wrong, ...sqlite].map(({ specifier }) => `${file} imports ${specifier}`)
  })
}

function sources(): Map<string, string> {
  const files = globSync('src/**/*.ts', { cwd: ROOT })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.endsWith('.test.ts'))
  return new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]))
}

test('every import in src goes the way the architecture page allows', () => {
  const files = sources()
  assert.ok(files.size > 50, `only ${files.size} files were read`)
  assert.deepEqual(findWrongImports(files), [])
})

test('a planted wrong import is found, whichever way it is written', () => {
  const planted = new Map([
    ['src/core/spec/a.ts', "import { openDb } from '../../store/db.ts'\n"],
    ['src/core/b.ts', "import { readFileSync } from 'node:fs'\n"],
    ['src/core/c.ts', "const fs = await import('node:fs')\n"],
    ['src/worker/d.ts', "export { parse } from '../core/yaml.ts'\n"],
    ['src/engine/e.ts', "import 'fastify'\n"],
    ['src/assets/f.ts', "import { DatabaseSync } from 'node:sqlite'\n"],
  ])
  assert.deepEqual(findWrongImports(planted), [
    'src/core/spec/a.ts imports ../../store/db.ts',
    'src/core/b.ts imports node:fs',
    'src/core/c.ts imports node:fs',
    'src/worker/d.ts imports ../core/yaml.ts',
    'src/engine/e.ts imports fastify',
    'src/assets/f.ts imports node:sqlite',
  ])
})

test('an import within a folder and one that the table names pass', () => {
  const good = new Map([
    ['src/files/a.ts', "import type { X } from './b.ts'\nimport ignore from 'ignore'\n"],
    ['src/api/workspace/jobs.ts', "import { Engine } from '../../engine/engine.ts'\n"],
  ])
  assert.deepEqual(findWrongImports(good), [])
})

test('the table of the architecture page says the same', () => {
  const page = readFileSync(path.join(ROOT, 'docs/architecture.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| .+ \| (.+) \|$/gm)]
  const told = new Map(rows.map(([, folder = '', allowed = '']) => [folder, allowed]))
  const ours = Object.keys(MAY_IMPORT).filter((folder) => !folder.endsWith('.ts'))
  assert.deepEqual([...told.keys()].sort(), ours.toSorted())
  for (const folder of ours) {
    const allowed = (MAY_IMPORT[folder] ?? []).filter((name) => ours.includes(name))
    const rest = ours.filter((name) => name !== folder && !allowed.includes(name))
    const words = [allowed.join(', ') || 'nothing', `all but ${rest.toSorted().join(', ')}`]
    const said = told.get(folder)?.replace('nothing of ours', 'nothing')
    assert.ok(said === words[0] || said === words[1], `${folder}: ${said}`)
  }
})

test('the core reads no clock and no environment, and draws no random numbers', () => {
  const found = [...sources()].filter(
    ([file, text]) => folderOf(file) === 'core' && IMPURE.test(text),
  )
  assert.deepEqual(
    found.map(([file]) => file),
    [],
  )
  assert.match('const now = Date.now()', IMPURE)
})

test('SQL stands in the store', () => {
  const found = [...sources()].filter(
    ([file, text]) => folderOf(file) !== 'store' && SQL.test(text),
  )
  assert.deepEqual(
    found.map(([file]) => file),
    [],
  )
  assert.match('return db.all<Row>(sql)', SQL)
})

test(`no source has more than ${MOST_LINES} lines`, () => {
  const long = globSync(['src/**/*.{ts,py}', 'bench/*.mjs', 'scripts/*'], { cwd: ROOT }).filter(
    (file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length > MOST_LINES + 1,
  )
  assert.deepEqual(long, [])
})
