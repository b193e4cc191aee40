// What storing data costs: a folder of 20,000 small files against reading and hashing it, the same folder again when
// nothing has changed, its fingerprint, and a folder of 5 GB registered in place. Peers run in turns with amlet on the
// same machine; the middle of several rounds is printed.
//
// node bench/assets.mjs [files] [rounds]
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { targetLine } from './target.mjs'

// As people have it: what is built, not what is written.
execFileSync('sh', [path.resolve(import.meta.dirname, '../scripts/setup.sh')])
const { Assets } = await import('../dist/assets/assets.js')
const { openHome } = await import('../dist/files/home.js')
const { openHomeDb } = await import('../dist/store/open.js')

const [files = '20000', rounds = '5'] = process.argv.slice(2)
const FILES = Number(files)
const ROUNDS = Number(rounds)
const root = mkdtempSync(path.join(tmpdir(), 'amlet-bench-assets-'))
const AN_HOUR_AGO = Date.now() / 1000 - 3600

/** Files of 4 KB and a little more, a hundred to a folder, written an hour ago. */
function makeMany(folder) {
  for (let i = 0; i < FILES; i += 1) {
    const at = path.join(folder, `d${Math.floor(i / 100)}`)
    if (i % 100 === 0) mkdirSync(at, { recursive: true })
    const file = path.join(at, `f${i}.csv`)
    writeFileSync(file, `${i},`.repeat(800))
    utimesSync(file, AN_HOUR_AGO, AN_HOUR_AGO)
  }
}

/** Fifty files of 100 MB with no blocks on disk. */
function makeLarge(folder) {
  mkdirSync(folder)
  for (let i = 0; i < 50; i += 1) {
    const file = openSync(path.join(folder, `part-${i}.bin`), 'w')
    ftruncateSync(file, 100 << 20)
    closeSync(file)
  }
}

/** The peer: a plain loop that lists, reads and hashes. */
function readAndHash(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) hash('sha256', readFileSync(path.join(entry.parentPath, entry.name)))
}

async function timed(work) {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

function openAssets(name) {
  const home = openHome({ AMLET_HOME: path.join(root, name) })
  const db = openHomeDb(home.db)
  const assets = new Assets({ db, home })
  return {
    assets,
    async close() {
      await assets.settled()
      await assets.close()
      db.close()
      rmSync(home.root, { recursive: true })
    },
  }
}

async function measureRound(many, large, round) {
  const { assets, close } = openAssets(`home-${round}`)
  await assets.create('data', { name: 'warm', path: path.join(root, 'warm') })
  const peer = await timed(() => readAndHash(many))
  const first = await timed(() => assets.create('data', { name: 'many', path: many }))
  await assets.settled()
  const again = await timed(() => assets.create('data', { name: 'many', path: many }))
  const fingerprint = await timed(() =>
    assets.create('data', { name: 'many-in-place', path: many }, { inPlace: true }),
  )
  const inPlace = await timed(() =>
    assets.create('data', { name: 'large', path: large }, { inPlace: true }),
  )
  await close()
  return { peer, first, again, fingerprint, inPlace }
}

try {
  const many = path.join(root, 'many')
  const large = path.join(root, 'large')
  makeMany(many)
  makeLarge(large)
  mkdirSync(path.join(root, 'warm'))
  writeFileSync(path.join(root, 'warm', 'x'), '')
  const measured = []
  for (let round = 0; round < ROUNDS; round += 1)
    measured.push(await measureRound(many, large, round))
  const of = (name) => middle(measured.map((figures) => figures[name]))
  const ratio = middle(measured.map(({ first, peer }) => first / peer))
  const ms = (name) => `${of(name).toFixed(0)} ms`
  console.log(`${FILES} files, middle of ${ROUNDS} rounds`)
  console.log(`${'read + SHA-256 in a loop'.padEnd(36)} ${ms('peer')}`)
  const times = `${ms('first')}, ${ratio.toFixed(2)} x the loop`
  console.log(targetLine('first upload', times, { value: ratio, most: 1.5, unit: 'x' }))
  const line = (what, name, most) =>
    console.log(targetLine(what, ms(name), { value: of(name), most, unit: 'ms' }))
  line('unchanged upload', 'again', 500)
  line('fingerprint of the same in place', 'fingerprint', 300)
  line('5 GB registered in place', 'inPlace', 1000)
} finally {
  rmSync(root, { recursive: true, force: true })
}
