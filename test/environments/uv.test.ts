import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { AmletError } from '../../src/core/errors.ts'
import { buildEnvironment } from '../../src/environments/build.ts'
import { resolveEnvironment } from '../../src/environments/resolve.ts'
import { ensureUv } from '../../src/environments/uv.ts'
import { homePaths } from '../../src/files/home.ts'

/** A wheel of uv as PyPI has it, its program a script; pip finds it in a folder, without a network. */
const WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + '/uv-0.9.9-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('uv-0.9.9.data/scripts/uv', '#!/bin/sh\\necho "uv 0.9.9"\\n')
    wheel.writestr('uv-0.9.9.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: uv\\nVersion: 0.9.9\\n')
    wheel.writestr('uv-0.9.9.dist-info/WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n')
    wheel.writestr('uv-0.9.9.dist-info/RECORD', '')
`
const root = mkdtempSync(path.join(tmpdir(), 'amlet-uv-'))
const index = path.join(root, 'index')
const cache = path.join(root, 'cache')
const shared = path.join(cache, 'amlet')
const withoutUv = (process.env['PATH'] ?? '')
  .split(':')
  .filter((folder) => !existsSync(path.join(folder, 'uv')))
  .join(':')
const env = {
  ...process.env,
  PATH: withoutUv,
  XDG_CACHE_HOME: cache,
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: index,
}
const offline = { ...env, PIP_FIND_LINKS: path.join(root, 'nothing') }

before(() => {
  mkdirSync(index)
  execFileSync('python3', ['-c', WHEEL, index])
})
after(() => rmSync(root, { recursive: true, force: true }))

/** What a new home says while it comes to its uv. */
async function uvOfNewHome(settings: NodeJS.ProcessEnv): Promise<string[]> {
  const home = mkdtempSync(path.join(root, 'home-'))
  const log: string[] = []
  const uv = await ensureUv({ home, env: settings, log: (line) => log.push(line) })
  assert.equal(uv.path, path.join(homePaths({ AMLET_HOME: home }).tools, 'uv'))
  return log
}

const copyOf = () => path.join(shared, readdirSync(shared)[0] ?? 'none')

test('one home fetches uv, the next takes it from there, without a network', async () => {
  assert.match((await uvOfNewHome(env)).join('\n'), /fetching it from PyPI, once for all homes/)
  assert.equal(statSync(shared).mode & 0o777, 0o700)
  assert.equal(statSync(copyOf()).mode & 0o777, 0o500)
  const log = await uvOfNewHome(offline)
  assert.match(log.join('\n'), /taking uv 0\.9\.9, which another home fetched/)
})

const untrusted: readonly (readonly [string, () => void, () => void])[] = [
  [
    'whose bytes are not those of its name',
    () => {
      chmodSync(copyOf(), 0o700)
      writeFileSync(copyOf(), `${readFileSync(copyOf(), 'utf8')}# more\n`)
    },
    () => rmSync(copyOf()),
  ],
  ['that others may write', () => chmodSync(copyOf(), 0o722), () => chmodSync(copyOf(), 0o500)],
  [
    'in a folder that others may write',
    () => chmodSync(shared, 0o777),
    () => chmodSync(shared, 0o700),
  ],
]
for (const [what, damage, mend] of untrusted)
  test(`a uv ${what} is not taken`, async () => {
    if (!existsSync(shared) || readdirSync(shared).length === 0) await uvOfNewHome(env)
    damage()
    await assert.rejects(uvOfNewHome(offline), /uv could not be fetched from PyPI: [^\n]+$/)
    mend()
  })

test('where no index can be reached, why not is told in a few words', async () => {
  const nowhere = { HTTPS_PROXY: 'http://127.0.0.1:9', PIP_RETRIES: '1', PIP_NO_INDEX: 'no' }
  const home = mkdtempSync(path.join(root, 'home-'))
  const settings = { ...offline, ...nowhere, XDG_CACHE_HOME: path.join(root, 'empty') }
  await assert.rejects(ensureUv({ home, env: settings }), ({ message }: Error) => {
    assert.match(message, /^uv could not be fetched from PyPI: no connection \(.*refused\)$/)
    return true
  })
})

test('a builder that a signal ended is said to be so, with the last line of its progress', async () => {
  const bin = path.join(root, 'bin')
  mkdirSync(bin)
  const say = 'echo "Resolved 3 packages"; echo "Downloading scipy (33.7MiB)"'
  const uv = `#!/bin/sh\ncase "$*" in --version) echo "uv 0.9.9";; *) { ${say}; } >&2; kill -9 $$;; esac\n`
  writeFileSync(path.join(bin, 'uv'), uv, { mode: 0o755 })
  const home = mkdtempSync(path.join(root, 'home-'))
  const plan = resolveEnvironment({ image: 'x', conda_file: { dependencies: ['scipy'] } })
  const building = buildEnvironment({
    home,
    plan,
    env: { ...env, PATH: `${bin}:${withoutUv}` },
    log: () => undefined,
  })
  await assert.rejects(building, ({ message, diagnostics: [first] }: AmletError) => {
    const said = 'the last it said: Downloading scipy (33.7MiB)'
    assert.equal(message, `uv was ended by SIGKILL before the packages were installed; ${said}`)
    assert.match(first.hint ?? '', /memory of this machine/)
    return true
  })
})
