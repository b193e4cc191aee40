import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { after, describe } from 'node:test'
import {
  killIfThere,
  makeBootIdFile,
  makeLocalWorld,
  untilFiles,
  wrapperPid,
} from './executor-world.ts'
import { limitedTest as test } from './limited-test.ts'

const untilGo = (then: string) => `until [ -e go ]; do sleep 0.05; done; ${then}`
const go = ({ workDir }: { workDir: string }) => writeFileSync(path.join(workDir, 'go'), '')
const WIDE = { cpus: 4, gpus: 0, memoryBytes: 0 }

describe('the worker dies, attempts do not', () => {
  const world = makeLocalWorld()
  after(() => world.close())

  test('a killed worker is replaced; what ran goes on, what waited is started, once', async () => {
    const server = world.open()
    const count = path.join(world.home, 'count')
    const running = world.launch(`echo start >>${count}; ${untilGo('exit 5')}`, { slots: WIDE })
    const waiting = world.launch(`echo start >>${count}; exit 6`, { slots: WIDE })
    await server.executor.submit([running, waiting])
    await server.untilRunning(running)
    const first = server.executor.workerPid ?? 0
    killIfThere(first)
    const probe = await server.executor.probe()
    assert.equal(probe.state, 'ok')
    assert.notEqual(server.executor.workerPid, first)
    assert.equal(existsSync(path.join(running.runDir, 'exit.json')), false)
    go(running)
    const ends = await Promise.all([running, waiting].map((launch) => server.end(launch)))
    assert.deepEqual(
      ends.map((end) => end.state === 'exited' && end.code),
      [5, 6],
    )
    assert.equal(readFileSync(count, 'utf8'), 'start\nstart\n')
    await server.executor.close()
  })

  test('an attempt that a dead worker started can be cancelled and keeps its time limit', async () => {
    const server = world.open()
    const canceled = world.launch('trap "" TERM; while :; do sleep 0.1; done')
    const limited = world.launch('exec sleep 1000', { timeoutSeconds: 1.5 })
    await server.executor.submit([canceled, limited])
    await Promise.all([canceled, limited].map((launch) => server.untilRunning(launch)))
    killIfThere(server.executor.workerPid ?? 0)
    await server.executor.cancel([canceled.attemptId], 0.2)
    const ends = await Promise.all([canceled, limited].map((launch) => server.end(launch)))
    assert.deepEqual(
      ends.map((end) => end.state === 'exited' && end.stopped),
      ['cancel', 'timeLimit'],
    )
    await server.executor.close()
  })

  test('worker killed 8 times while 100 attempts run: each runs once and ends once', async () => {
    const server = world.open()
    const count = path.join(world.home, 'hundred')
    const launches = Array.from({ length: 100 }, (_, i) =>
      world.launch(`echo ${i} >>${count}; exit ${i % 5}`),
    )
    await server.executor.submit(launches)
    for (let i = 0; i < 8; i += 1) {
      await server.end(launches[i * 10]!)
      killIfThere(server.executor.workerPid ?? 0)
      await server.executor.probe()
    }
    const ends = await Promise.all(launches.map((launch) => server.end(launch)))
    ends.forEach((end, i) => {
      assert.deepEqual([end.state, end.state === 'exited' && end.code], ['exited', i % 5])
    })
    const lines = readFileSync(count, 'utf8').trim().split('\n').map(Number)
    assert.deepEqual(
      lines.sort((a, b) => a - b),
      launches.map((_, i) => i),
    )
    const own = new Set(launches.map(({ attemptId }) => attemptId))
    const told = server.observations.filter(
      ({ attemptId, state }) => own.has(attemptId) && state === 'exited',
    )
    assert.equal(told.length, 100)
    await server.executor.close()
  })

  test('server and worker killed together: the next ones find every end', async () => {
    const launches = [
      world.launch(untilGo('exit 4')),
      world.launch('exit 3'),
      world.launch(untilGo('kill -9 $$')),
    ]
    const script = path.join(import.meta.dirname, 'submitting-server.ts')
    const child = spawn(process.execPath, [script, world.home, JSON.stringify(launches)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(child.stdout, 'data')
    killIfThere(Number(line))
    child.kill('SIGKILL')
    await once(child, 'exit')
    for (const launch of launches) go(launch)
    const server = world.open()
    await server.executor.adopt(launches)
    const ends = await Promise.all(launches.map((launch) => server.end(launch)))
    assert.deepEqual(
      ends.map((end) => end.state === 'exited' && end.code),
      [4, 3, 137],
    )
    await server.executor.close()
  })

  test('wrappers are replaced when they are killed, and nothing starts twice', async () => {
    const server = world.open()
    const count = path.join(world.home, 'started')
    const launches = Array.from({ length: 60 }, (_, i) => world.launch(`echo ${i} >>${count}`))
    await server.executor.submit(launches)
    let kills = 0
    for (let i = 0; i < 5; i += 1) {
      await server.end(launches[i * 10]!)
      for (const pid of childrenOf(server.executor.workerPid ?? 0, 'amlet-wrapper')) {
        killIfThere(pid)
        kills += 1
      }
    }
    const ends = await Promise.all(launches.map((launch) => server.end(launch)))
    const lines = readFileSync(count, 'utf8').trim().split('\n')
    assert.equal(new Set(lines).size, lines.length, 'none started twice')
    for (const [i, end] of ends.entries()) {
      const isLost = end.state === 'lost' && end.cause === 'gone'
      assert.ok(isLost || (end.state === 'exited' && end.code === 0), JSON.stringify(end))
      if (!isLost) assert.ok(lines.includes(String(i)), `${i} ended well and ran`)
    }
    const lost = ends.filter(({ state }) => state === 'lost').length
    assert.ok(lost <= kills, `${kills} kills cost ${lost} attempts`)
    await server.executor.close()
  })

  test('a wrapper that is done with an attempt takes the next, and late signals do it no harm', async () => {
    const server = world.open({ slots: { cpus: 1 } })
    const command = 'echo $PPID; echo "${LEFT-nothing left}"'
    await server.run(world.launch(command, { env: { LEFT: 'behind' } }))
    const wrappers = childrenOf(server.executor.workerPid ?? 0, 'amlet-wrapper')
    for (const wrapper of wrappers)
      for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const)
        process.kill(wrapper, signal)
    // One more than there are wrappers: one of them takes two.
    for (const _ of [...wrappers, 0]) {
      const next = world.launch(command)
      const end = await server.run(next)
      assert.equal(end.state === 'exited' && end.code, 0)
      const [wrapper, left] = world.log(next).split('\n')
      assert.ok(wrappers.includes(Number(wrapper)))
      assert.equal(left, 'nothing left')
    }
    await server.executor.close()
  })

  test('a wrapper killed behind our back is lost, and its processes are ended', async () => {
    const server = world.open()
    const launch = world.launch('echo $$ >pid; exec sleep 1000')
    await server.executor.submit([launch])
    const pidFile = path.join(launch.workDir, 'pid')
    await untilFiles(
      launch.workDir,
      () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '',
    )
    killIfThere(wrapperPid(launch.runDir))
    const end = await server.end(launch)
    assert.equal(end.state === 'lost' && end.cause, 'gone')
    const program = Number(readFileSync(pidFile, 'utf8'))
    const stat = `/proc/${program}/stat`
    assert.ok(!existsSync(stat) || / Z /.test(readFileSync(stat, 'latin1')))
    await server.executor.close()
  })

  test('what is known to have been stopped is not lost when nobody could write its end', async () => {
    const server = world.open()
    const launch = world.launch('trap "" TERM; echo $$ >pid; while :; do sleep 0.1; done')
    const pidFile = path.join(launch.workDir, 'pid')
    await server.executor.submit([launch])
    await untilFiles(launch.runDir, () => wrapperPid(launch.runDir) > 0)
    await untilFiles(
      launch.workDir,
      () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '',
    )
    await server.executor.cancel([launch.attemptId], 1000)
    await server.executor.close()
    killIfThere(server.executor.workerPid ?? 0)
    killIfThere(wrapperPid(launch.runDir))
    killIfThere(Number(readFileSync(pidFile, 'utf8')))
    const next = world.open({ bootIdFile: makeBootIdFile(world.home) })
    await next.executor.adopt([launch])
    const end = await next.end(launch)
    assert.equal(end.state === 'exited' && end.stopped, 'cancel')
    await next.executor.close()
    killIfThere(next.executor.workerPid ?? 0)
  })

  test('two servers that start a worker at the same time get the same one', async () => {
    const servers = Array.from({ length: 4 }, () => world.open())
    await Promise.all(servers.map(({ executor }) => executor.probe()))
    const pids = new Set(servers.map(({ executor }) => executor.workerPid))
    assert.equal(pids.size, 1)
    await Promise.all(servers.map(({ executor }) => executor.close()))
  })

  test('the socket is its owner’s alone', async () => {
    const server = world.open()
    await server.executor.probe()
    assert.equal(statSync(path.join(world.home, 'worker.sock')).mode & 0o777, 0o600)
    await server.executor.close()
  })

  test('a worker of another build is sent away; it gives back what it had not started', async () => {
    const server = world.open()
    const running = world.launch(untilGo('exit 1'), { slots: WIDE })
    const waiting = world.launch('exit 2', { slots: WIDE })
    await server.executor.submit([running, waiting])
    await server.untilRunning(running)
    await untilFiles(running.runDir, () => wrapperPid(running.runDir) > 0)
    await server.executor.close()
    const drained = await ask(world.home, { type: 'drain' })
    assert.deepEqual(
      (drained as { launches: { attemptId: string }[] }).launches.map((given) => given.attemptId),
      [waiting.attemptId],
    )
    const next = world.open()
    const adopted = await next.executor.adopt([running, waiting])
    assert.deepEqual([...adopted.values()], ['known', 'absent'])
    assert.notEqual(next.executor.workerPid, server.executor.workerPid)
    await next.executor.submit([waiting])
    go(running)
    const ends = await Promise.all([running, waiting].map((launch) => next.end(launch)))
    assert.deepEqual(
      ends.map((end) => end.state === 'exited' && end.code),
      [1, 2],
    )
    await next.executor.close()
  })

  test('a worker without work and without a server leaves by itself', async () => {
    const idle = makeLocalWorld()
    try {
      const server = idle.open({ idleSeconds: 0.2 })
      await server.run(idle.launch('true'))
      const socket = path.join(idle.home, 'worker.sock')
      const gone = untilFiles(idle.home, () => !existsSync(socket))
      await server.executor.close()
      await gone
    } finally {
      await idle.close()
    }
  })

  test('a home with a long name has its socket elsewhere and works', async (t) => {
    const long = makeLocalWorld()
    const runtime = process.env['XDG_RUNTIME_DIR']
    process.env['XDG_RUNTIME_DIR'] = long.home
    t.after(() => {
      if (runtime === undefined) delete process.env['XDG_RUNTIME_DIR']
      else process.env['XDG_RUNTIME_DIR'] = runtime
    })
    try {
      const home = path.join(long.home, 'x'.repeat(60), 'y'.repeat(60))
      const server = long.open({ home })
      const end = await server.run(long.launch('exit 3'))
      assert.equal(end.state === 'exited' && end.code, 3)
    } finally {
      await long.close()
    }
  })
})

/** Children of `parent` whose command line has the word `mark`. */
function childrenOf(parent: number, mark: string): number[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'latin1')
    } catch {
      return ''
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] === String(parent))
    .filter((pid) => read(`/proc/${pid}/cmdline`).split('\0').includes(mark))
    .map(Number)
}

/** One request to the worker of a home, over a connection of its own. */
async function ask(home: string, request: object): Promise<unknown> {
  const socket = connect(path.join(home, 'worker.sock')).setEncoding('utf8')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(`${JSON.stringify({ id: 1, ...request })}\n`)
  await once(socket, 'end')
  socket.destroy()
  return JSON.parse(text.split('\n')[0] ?? '').result
}
