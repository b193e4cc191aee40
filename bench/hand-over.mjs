// What it costs to hand stored data to a step: 5 GB in one folder, 20,000 files and one small file, in turns; and to
// look whether 20,000 files are unchanged, beside a loop that only lists them and asks for their times.
//
// node bench/hand-over.mjs [rounds]
import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { Assets } from '../src/assets/assets.ts'
import { openHome } from '../src/files/home.ts'
import { openHomeDb } from '../src/store/open.ts'
import { openBenchHome } from './home.mjs'
import { atMost, median, ms, note, printMissed, timed, times } from './report.mjs'

const ROUNDS = Number(process.argv[2] ?? 9)
const FILES = 20_000
const AN_HOUR_AGO = Date.now() / 1000 - 3600
const home = openBenchHome('hand-over')
const at = (...parts) => path.join(home.folder, ...parts)

const MAKE = {
  small(folder) {
    mkdirSync(folder)
    writeFileSync(path.join(folder, 'one'), 'one')
  },
  large(folder) {
    mkdirSync(folder)
    for (let i = 0; i < 50; i += 1) {
      const file = openSync(path.join(folder, `part-${i}.bin`), 'w')
      ftruncateSync(file, 100 << 20)
      closeSync(file)
    }
  },
  many(folder) {
    for (let i = 0; i < FILES; i += 1) {
      const inner = path.join(folder, `d${Math.floor(i / 100)}`)
      if (i % 100 === 0) mkdirSync(inner, { recursive: true })
      const file = path.join(inner, `f${i}.csv`)
      writeFileSync(file, `${i}\n`)
      utimesSync(file, AN_HOUR_AGO, AN_HOUR_AGO)
    }
  },
}

function store(name) {
  MAKE[name](at(name))
  home.amlet(
    'data',
    'create',
    '-n',
    name,
    '--version',
    '1',
    '--path',
    at(name),
    '--type',
    'uri_folder',
  )
  const job = `type: command
command: ls \${{inputs.data}} > /dev/null
environment: {image: none}
inputs: {data: {type: uri_folder, path: "azureml:${name}:1"}}
`
  writeFileSync(at(`${name}.yml`), job)
}

/** The peer: every file's times, and nothing else. */
function look(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) lstatSync(path.join(entry.parentPath, entry.name))
}

/** What is done with a folder that is named again: in the server's process, as a submission does it. */
async function fingerprint() {
  const place = openHome({ AMLET_HOME: at('fingerprints') })
  const db = openHomeDb(place.db)
  const assets = new Assets({ db, home: place })
  const register = () =>
    assets.create('data', { name: 'many', path: at('many') }, { inPlace: true })
  await register()
  await assets.settled()
  const loops = []
  const own = []
  for (let round = 0; round < ROUNDS; round += 1) {
    loops.push(await timed(() => look(at('many'))))
    own.push(await timed(register))
  }
  await assets.close()
  db.close()
  note('a loop of lstat over 20,000 files', ms(median(loops)))
  atMost('20,000 unchanged files looked at', median(own), { most: 300 })
}

try {
  console.log(`handing stored data to a step: median of ${ROUNDS} rounds in turns`)
  const names = Object.keys(MAKE)
  for (const name of names) store(name)
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names) home.timeJob(at(`${name}.yml`))
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of names) taken[name].push(home.timeJob(at(`${name}.yml`)))
  const small = median(taken.small)
  note('a job that reads one small file', ms(small))
  const ratio = (name) => median(taken[name]) / small
  const show = { most: 1.1, show: times }
  atMost('the same with 5 GB in a folder', ratio('large'), {
    ...show,
    more: ms(median(taken.large)),
  })
  atMost('the same with 20,000 files', ratio('many'), { ...show, more: ms(median(taken.many)) })
  await fingerprint()
  printMissed()
} finally {
  home.close()
}
