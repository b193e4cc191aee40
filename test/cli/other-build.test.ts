import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { makeCliWorld, ROOT } from '../support/cli.ts'
import { removeHome } from '../support/end-home.ts'

/** The program of a build that differs from this one: its job list knows nothing of `brief`. */
function makeOlderBuild(): Disposable & { readonly program: string } {
  const root = mkdtempSync(path.join(tmpdir(), 'amlet-older-'))
  const dist = path.join(root, 'dist')
  const isWanted = (source: string) => !path.basename(source).startsWith('.')
  cpSync(path.join(ROOT, 'dist'), dist, { recursive: true, filter: isWanted })
  cpSync(path.join(ROOT, 'package.json'), path.join(root, 'package.json'))
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'))
  const app = path.join(dist, 'server', 'app.chunk.js')
  const text = readFileSync(app, 'utf8')
  writeFileSync(app, text.replaceAll('\tbrief: {', '\tshort: {'))
  assert.notEqual(readFileSync(app, 'utf8'), text)
  const facts = path.join(dist, 'package.json')
  writeFileSync(facts, JSON.stringify({ ...readJson(facts), build: 'older' }))
  return {
    program: path.join(dist, 'bin', 'amlet.mjs'),
    [Symbol.dispose]: () => removeHome(root),
  }
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as object

const JOB = 'command: echo done\nenvironment: {image: none}\ncompute: local\n'

test('a server of another build is named as such, with what to do, and that helps', async () => {
  await using world = makeCliWorld()
  using older = makeOlderBuild()
  world.write('job.yml', JOB)
  execFileSync(process.execPath, [older.program, 'server', 'start'], {
    env: world.env,
    stdio: 'ignore',
  })
  const refused = await world.run(['job', 'create', '-f', 'job.yml', '-n', 'first', '--stream'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /^ERROR: \(ServerUnavailable\) the server is of another build /)
  assert.match(refused.stderr, /hint: .*`amlet server stop`/)
  assert.match(refused.stderr, /unknown (?:field|parameter) "brief"/)
  assert.equal((await world.run(['server', 'stop'])).code, 0)
  const taken = await world.run(['job', 'create', '-f', 'job.yml', '-n', 'second', '--stream'])
  assert.equal(taken.code, 0, taken.stderr)
})

test('what a server of the same build refuses is told as it is', async () => {
  await using world = makeCliWorld()
  await world.run(['server', 'start'])
  const { code, stderr } = await world.run(['data', 'list', '-n', 'x', '-r', '-1'])
  assert.equal(code, 2)
  assert.match(stderr, /^ERROR: \(UsageError\) the parameter "max_results" is /)
})
