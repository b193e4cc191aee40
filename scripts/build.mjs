// Makes dist/: the server side as `tsc` emits it, file by file, its program in few files in dist/server, and the command line
// bundled small in dist/bin.
// Types are not checked here; `npm run check` does. Everything is made beside dist/ and put in its place at the end, so a
// build that fails, or a command that runs meanwhile, finds the old one whole.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rolldown } from 'rolldown'

const root = path.resolve(import.meta.dirname, '..')
const dist = path.join(root, 'dist')
const next = path.join(root, 'dist', `.next-${process.pid}`)
const old = path.join(root, 'dist', `.old-${process.pid}`)
const startedAt = new Date()

/** The command that runs the server in the foreground imports what `tsc` emits. */
const serverStaysOutside = {
  name: 'server-stays-outside',
  resolveId(specifier, importer) {
    const match = /(?:^|\/)\.\.\/server\/(.+)\.ts$/.exec(specifier)
    if (match === null || !importer?.includes(`${path.sep}cli${path.sep}`)) return null
    return { id: `../../server/${match[1]}.js`, external: 'absolute' }
  },
}

const BUILTIN_IMPORT = /import\s*(\{[^}]*\}|[\w$]+)\s*from\s*["'](node:[\w/]+)["'];?/g

/**
 * An `import` of a built-in module reads each of its exports, the streams of `node:fs` and the `fetch` classes of `node:http` too:
 * up to 50 ms of CPU. Asking for the module reads nothing.
 */
const builtinsAreAskedFor = {
  name: 'builtins-are-asked-for',
  generateBundle(_options, chunks) {
    for (const chunk of Object.values(chunks)) {
      if (chunk.type !== 'chunk') continue
      chunk.code = chunk.code.replace(BUILTIN_IMPORT, (_whole, names, specifier) => {
        const taken = names.replace(/\bas\b/g, ':').replace(/\s+/g, '')
        return `const ${taken}=process.getBuiltinModule("${specifier}");`
      })
    }
  },
}

/**
 * Which file a module goes to: what every command needs stands in one, what a call of the server needs in a second; each
 * further file that a command opens costs time. Everything else stays apart until it is asked for.
 */
const STAGES = [
  ['start', ['cli/start.ts', 'cli/output/print.ts']],
  ['call', ['cli/connect.ts', 'cli/commands/job.ts', 'cli/commands/job-list.ts']],
]

function stageOf(id, context, seen = new Set()) {
  if (seen.has(id)) return undefined
  seen.add(id)
  const own = STAGES.findIndex(([, heads]) => heads.some((head) => id.endsWith(`/src/${head}`)))
  const importers = context.getModuleInfo(id)?.importers ?? []
  const above = importers.map((importer) => stageOf(importer, context, seen))
  const found = [own, ...above].filter((stage) => stage !== undefined && stage >= 0)
  return found.length === 0 ? undefined : Math.min(...found)
}

// A file takes along what it stands on, so the first stage is laid out first.
const codeSplitting = {
  groups: STAGES.map(([stage], i) => ({
    debugName: stage,
    name: (id, context) => (stageOf(id, context) === i ? stage : null),
    priority: STAGES.length - i,
  })),
}

function emit() {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const words = [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', next]
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' })
  if (status !== 0) throw new Error('tsc could not emit dist/')
}

/** The program that drives parallel jobs is Python and runs as it stands. */
function copyPrograms() {
  const program = path.join('compute', 'parallel', 'driver')
  cpSync(path.join(root, 'src', program), path.join(next, program), {
    recursive: true,
    filter: (source) => path.basename(source) !== '__pycache__',
  })
}

async function bundle() {
  const build = await rolldown({
    input: { amlet: path.join(root, 'src', 'main.ts') },
    platform: 'node',
    plugins: [serverStaysOutside, builtinsAreAskedFor],
    logLevel: 'warn',
  })
  await build.write({
    dir: path.join(next, 'bin'),
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name].mjs',
    codeSplitting,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    sourcemap: false,
  })
  await build.close()
  chmodSync(path.join(next, 'bin', 'amlet.mjs'), 0o755)
}

/** A module in a bundle still finds what lies beside the file that it was made from. */
const modulesKnowTheirPlace = {
  name: 'modules-know-their-place',
  transform(code, id) {
    if (!code.includes('import.meta.')) return null
    const place = path.relative(path.join(root, 'src', 'server'), id).replace(/\.ts$/, '.js')
    const url = `new URL(${JSON.stringify(place.split(path.sep).join('/'))}, import.meta.url).href`
    const file = `process.getBuiltinModule("node:url").fileURLToPath(${url})`
    const words = {
      url,
      filename: file,
      dirname: `process.getBuiltinModule("node:path").dirname(${file})`,
    }
    return code.replaceAll(/import\.meta\.(url|filename|dirname)\b/g, (_, word) => words[word])
  },
}

/** Whether a module is one of a package or of Node itself. */
const isForeign = (id) => !id.startsWith('.') && !path.isAbsolute(id)

/**
 * The program of the server: two hundred files cost more to find than to read. Names and lines are kept, and so are the packages,
 * which it asks for when it needs them.
 */
async function bundleServer() {
  const build = await rolldown({
    input: { run: path.join(root, 'src', 'server', 'run.ts') },
    platform: 'node',
    external: isForeign,
    plugins: [modulesKnowTheirPlace, builtinsAreAskedFor],
    logLevel: 'warn',
  })
  await build.write({
    dir: path.join(next, 'server'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].chunk.js',
    minify: false,
    sourcemap: false,
  })
  await build.close()
}

/** Names this build: a command sees by it that a server runs older code. */
function digestOf(folder) {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder, { recursive: true }).sort()) {
    const file = path.join(folder, name)
    if (statSync(file).isFile()) hash.update(`${name}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Moves each entry of the new tree over the old one; what is no longer made goes. */
function replace() {
  mkdirSync(old, { recursive: true })
  for (const name of readdirSync(dist)) {
    if (name.startsWith('.') || name === 'studio') continue
    renameSync(path.join(dist, name), path.join(old, name))
    if (existsSync(path.join(next, name))) renameSync(path.join(next, name), path.join(dist, name))
  }
  for (const name of readdirSync(next)) renameSync(path.join(next, name), path.join(dist, name))
  rmSync(next, { recursive: true, force: true })
  rmSync(old, { recursive: true, force: true })
}

/**
 * Starts the new server once and asks each of its surfaces something: what it compiled is kept in dist/, and the first start in any
 * home takes two thirds of the time.
 */
async function warmCompileCache() {
  const home = mkdtempSync(path.join(tmpdir(), 'amlet-build-'))
  const { startInBackground } = await import(path.join(dist, 'client', 'start-server.js'))
  const { pid, url } = await startInBackground({
    root: home,
    serverLog: path.join(home, 'server.log'),
  })
  const headers = {
    authorization: `Bearer ${readFileSync(path.join(home, 'token'), 'utf8').trim()}`,
  }
  for (const page of ['/api/jobs', '/api/2.0/mlflow/server-info'])
    await (await fetch(`${url}${page}`, { headers })).text()
  process.kill(pid)
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
  rmSync(home, { recursive: true, force: true })
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

mkdirSync(next, { recursive: true })
process.on('uncaughtException', ({ message }) => {
  console.error(message)
  process.exit(1)
})
try {
  emit()
  copyPrograms()
  await bundle()
  await bundleServer()
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const facts = { type: 'module', build: digestOf(next) }
  writeFileSync(path.join(next, 'package.json'), `${JSON.stringify(facts)}\n`)
  replace()
  await warmCompileCache()
  const stamp = path.join(dist, '.stamp')
  writeFileSync(stamp, `${version}\n`)
  // Sources that changed while this ran are newer than the stamp.
  utimesSync(stamp, startedAt, startedAt)
} finally {
  rmSync(next, { recursive: true, force: true })
  rmSync(old, { recursive: true, force: true })
}
