import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe } from 'node:test'
import type { Launch } from '../../src/compute/executor.ts'
import { readFacts } from '../../src/worker/attempt-files.ts'
import { findProcesses } from '../../src/worker/process-table.ts'
import { EXECUTORS, killIfThere, makeBootIdFile, untilFiles, wrapperPid } from './executor-world.ts'
import { limitedTest as test } from './limited-test.ts'

/** A command that runs until the file `go` is in its working directory. */
const untilGo = (then: string) => `until [ -e go ]; do sleep 0.05; done; ${then}`

for (const { type, makeWorld } of EXECUTORS) {
  describe(`the ${type} executor`, () => {
    const world = makeWorld()
    const server = world.open()
    after(() => world.close())
    const go = ({ workDir }: { workDir: string }) => writeFileSync(path.join(workDir, 'go'), '')

    test('an attempt runs in its folder, with its variables, and its output is in the log', async () => {
      const launch = world.launch('pwd; echo "$GREETING"; echo to-stderr >&2', {
        env: { PATH: process.env['PATH'] ?? '', GREETING: "it's $HOME `id`\nline two" },
      })
      const end = await server.run(launch)
      assert.deepEqual(
        { state: end.state, code: end.state === 'exited' && end.code },
        { state: 'exited', code: 0 },
      )
      assert.equal(world.log(launch), `${launch.workDir}\nit's $HOME \`id\`\nline two\nto-stderr\n`)
    })

    test('the command is what the user wrote, whatever it contains', async () => {
      const command = `printf '%s|' "a b" 'c"d' \\$x "$(echo sub)" <<'END'\nEND\necho; echo "é ü 日本"`
      const launch = world.launch(command)
      await server.run(launch)
      assert.equal(world.log(launch), 'a b|c"d|$x|sub|\né ü 日本\n')
    })

    test('the environment is exactly the launch’s, odd names included', async () => {
      const launch = world.launch('env -0 | tr "\\0\\n" "\\n " | sort', {
        env: { PATH: process.env['PATH'] ?? '', 'a.b-c': 'dotted', BASH_ENV: '', Z: '' },
      })
      await server.run(launch)
      const names = world
        .log(launch)
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0])
      for (const shells of ['PWD', 'OLDPWD', 'SHLVL', '_'])
        if (names.includes(shells)) names.splice(names.indexOf(shells), 1)
      assert.deepEqual(names.sort(), ['AMLET_ATTEMPT_ID', 'BASH_ENV', 'PATH', 'Z', 'a.b-c'])
    })

    test('variables called like something of a shell arrive as they are', async () => {
      const names = ['log', 'code', 'run', 'status', 'stat', 'pids', 'work', 'TMOUT', 'UID']
      const env = Object.fromEntries(names.map((name) => [name, `my ${name}`]))
      const launch = world.launch(
        'python3 -c "import json, os; print(json.dumps(dict(os.environ)))"',
        {
          env: { PATH: process.env['PATH'] ?? '', ...env },
        },
      )
      const end = await server.run(launch)
      assert.equal(end.state === 'exited' && end.code, 0)
      const seen = JSON.parse(world.log(launch))
      for (const name of names.filter((given) => given !== 'UID'))
        assert.equal(seen[name], `my ${name}`)
    })

    for (const code of [1, 3, 127, 200, 255])
      test(`exit code ${code} arrives as it is`, async () => {
        const end = await server.run(world.launch(`exit ${code}`))
        assert.deepEqual(end.state === 'exited' && [end.code, end.signal, end.stopped], [
          code,
          null,
          undefined,
        ])
      })

    test('a death by signal is told with its name', async () => {
      const end = await server.run(world.launch('kill -SEGV $$'))
      assert.deepEqual(end.state === 'exited' && [end.code, end.signal], [139, 'SIGSEGV'])
    })

    test('an interrupt reaches the program, as it would in a terminal', async () => {
      const launch = world.launch('trap "echo caught; exit 7" INT; kill -INT $$; sleep 5')
      const end = await server.run(launch)
      assert.equal(end.state === 'exited' && end.code, 7)
      assert.equal(world.log(launch), 'caught\n')
    })

    test('exit.json is whole, and says when the attempt began and ended', async () => {
      const launch = world.launch('date +%s%3N; exit 4')
      const end = await server.run(launch)
      const file = JSON.parse(readFileSync(path.join(launch.runDir, 'exit.json'), 'utf8'))
      assert.deepEqual([file.code, file.signal], [4, null])
      const ranAtMs = Number(world.log(launch))
      assert.ok(file.startedAtMs <= ranAtMs && ranAtMs <= file.endedAtMs, JSON.stringify(file))
      assert.equal(end.atMs, file.endedAtMs)
      assert.equal(end.source, 'exit-file')
    })

    test('a command that takes its run folder away ends as it ends', async () => {
      const launch = world.launch('rm -rf "$(dirname "$(dirname "$PWD")")"; exit 6')
      const end = await server.run(launch)
      assert.deepEqual(end.state === 'exited' && [end.code, end.signal], [6, null])
      const other = world.open()
      await other.executor.adopt([launch])
      const again = await other.end(launch)
      assert.equal(again.state === 'exited' && again.code, 6)
    })

    test('submitting the same attempt again starts nothing', async () => {
      const launch = world.launch('echo once')
      await Promise.all([server.executor.submit([launch]), server.executor.submit([launch])])
      await server.end(launch)
      await server.executor.submit([launch])
      const other = world.open()
      await other.executor.submit([launch])
      await other.end(launch)
      assert.equal(world.log(launch), 'once\n')
    })

    test('cancel asks with TERM and the program may end in its own way', async () => {
      const launch = world.launch(
        'trap "echo ending; exit 9" TERM; echo up; while :; do sleep 0.05; done',
      )
      await server.executor.submit([launch])
      const log = path.join(launch.runDir, 'user_logs')
      await untilFiles(log, () => existsSync(`${log}/std_log.txt`) && world.log(launch) !== '')
      await server.executor.cancel([launch.attemptId], 10)
      const end = await server.end(launch)
      assert.deepEqual(end.state === 'exited' && [end.code, end.stopped], [9, 'cancel'])
      assert.match(world.log(launch), /ending\n$/)
    })

    test('a program that ignores TERM is killed after the grace, its children too', async () => {
      const launch = world.launch(
        'trap "" TERM; (trap "" TERM; exec sleep 1000) & echo $!; touch up; wait; sleep 1000',
      )
      await server.executor.submit([launch])
      await untilFiles(launch.workDir, () => existsSync(path.join(launch.workDir, 'up')))
      await server.executor.cancel([launch.attemptId], 0.3)
      const end = await server.end(launch)
      assert.deepEqual(end.state === 'exited' && [end.code, end.signal, end.stopped], [
        137,
        'SIGKILL',
        'cancel',
      ])
      assert.equal(isAlive(Number(world.log(launch))), false)
    })

    test('cancel right after submit never leaves a process behind', async () => {
      const launches = Array.from({ length: 20 }, () => world.launch('sleep 1000'))
      await server.executor.submit(launches)
      await server.executor.cancel(
        launches.map(({ attemptId }) => attemptId),
        0.2,
      )
      const ends = await Promise.all(launches.map((launch) => server.end(launch)))
      for (const end of ends) assert.equal(end.state === 'exited' && end.stopped, 'cancel')
      for (const { attemptId } of launches) assert.deepEqual(findProcesses(attemptId), [])
    })

    test('the time limit stops an attempt and says so', async () => {
      const end = await server.run(world.launch('sleep 1000', { timeoutSeconds: 0.3 }))
      assert.deepEqual(end.state === 'exited' && [end.signal, end.stopped], [
        'SIGTERM',
        'timeLimit',
      ])
    })

    test('what is left in the background is ended with the attempt', async () => {
      const launch = world.launch('sleep 1000 & echo $!')
      const end = await server.run(launch)
      assert.equal(end.state === 'exited' && end.code, 0)
      assert.equal(isAlive(Number(world.log(launch))), false)
    })

    describe('a process that left the session of its attempt', () => {
      /** Starts one that says `asked` when it is asked to end, then `then`. */
      const daemon = (then: string) => {
        const life = 'trap "echo asked >asked; exit" TERM; touch up; sleep 1000 & wait'
        return `setsid bash -c '${life}' </dev/null >/dev/null 2>&1 & until [ -e up ]; do sleep 0.02; done; ${then}`
      }
      const expectAsked = ({ attemptId, workDir }: Launch) => {
        assert.deepEqual(findProcesses(attemptId), [])
        assert.equal(readFileSync(path.join(workDir, 'asked'), 'utf8'), 'asked\n')
      }
      const start = async (launch: Launch) => {
        await server.executor.submit([launch])
        await untilFiles(launch.workDir, () => existsSync(path.join(launch.workDir, 'up')))
      }

      for (const code of [0, 3])
        test(`is ended when the command ends with ${code}, before that is told`, async () => {
          const launch = world.launch(daemon(`exit ${code}`))
          const end = await server.run(launch)
          assert.deepEqual(end.state === 'exited' && [end.code, end.stopped], [code, undefined])
          expectAsked(launch)
        })

      test('is killed when it does not end', async () => {
        const launch = world.launch(
          `setsid bash -c 'trap "" TERM; touch up; while :; do sleep 0.05; done' & until [ -e up ]; do sleep 0.02; done`,
        )
        const end = await server.run(launch)
        assert.equal(end.state === 'exited' && end.code, 0)
        assert.deepEqual(findProcesses(launch.attemptId), [])
      })

      test('is ended with a cancelled attempt', async () => {
        const launch = world.launch(daemon('exec sleep 1000'))
        await start(launch)
        await server.executor.cancel([launch.attemptId], 10)
        const end = await server.end(launch)
        assert.deepEqual(end.state === 'exited' && [end.signal, end.stopped], ['SIGTERM', 'cancel'])
        expectAsked(launch)
      })

      test('is ended with an attempt that reached its time limit', async () => {
        const launch = world.launch(daemon('exec sleep 1000'), { timeoutSeconds: 5 })
        const end = await server.run(launch)
        assert.equal(end.state === 'exited' && end.stopped, 'timeLimit')
        expectAsked(launch)
      })

      test('is ended by the next worker when worker and server were gone', async () => {
        const own = makeWorld()
        try {
          const old = own.open()
          const launch = own.launch(daemon(untilGo('exit 4')))
          await old.executor.submit([launch])
          await untilFiles(launch.workDir, () => existsSync(path.join(launch.workDir, 'up')))
          await old.executor.close()
          killIfThere(old.executor.workerPid ?? 0)
          go(launch)
          await untilFiles(launch.runDir, () => hasEnded(launch.runDir))
          assert.notDeepEqual(findProcesses(launch.attemptId), [])
          const next = own.open()
          await next.executor.adopt([launch])
          const end = await next.end(launch)
          assert.equal(end.state === 'exited' && end.code, 4)
          expectAsked(launch)
        } finally {
          await own.close()
        }
      })

      test('goes on when it is another attempt’s, or has put the attempt’s name away', async () => {
        const running = world.launch(daemon(untilGo('exit 0')))
        await start(running)
        const freed = path.join(world.home, 'freed')
        const launch = world.launch(
          `env -u AMLET_ATTEMPT_ID setsid bash -c 'echo $$ >${freed}.new; mv ${freed}.new ${freed}; exec sleep 1000' & until [ -e ${freed} ]; do sleep 0.02; done`,
        )
        await server.run(launch)
        const pid = Number(readFileSync(freed, 'utf8'))
        assert.equal(isAlive(pid), true)
        killIfThere(pid)
        assert.equal(findProcesses(running.attemptId).length >= 2, true)
        assert.equal(existsSync(path.join(running.workDir, 'asked')), false)
        go(running)
        await server.end(running)
        expectAsked(running)
      })

      test('a hundred at once are all ended', async () => {
        const each = 'for i in $(seq 100); do setsid sleep 1000 </dev/null >/dev/null 2>&1 & done'
        const launches = [1, 2, 3].map(() => world.launch(each))
        await server.executor.submit(launches)
        for (const launch of launches) {
          const end = await server.end(launch)
          assert.equal(end.state === 'exited' && end.code, 0)
          assert.deepEqual(findProcesses(launch.attemptId), [])
        }
      })
    })

    test('a program that stops itself is not taken for ended', async () => {
      const launch = world.launch(
        '(until grep -q "^State:.T" /proc/$$/status; do :; done; kill -CONT $$) & kill -STOP $$; echo went on',
      )
      const end = await server.run(launch)
      assert.equal(end.state === 'exited' && end.code, 0)
      assert.equal(world.log(launch), 'went on\n')
    })

    test('a missing input is told and nothing is started', async () => {
      const launch = world.launch('echo no')
      const link = { op: 'link', path: `${launch.workDir}/in`, readOnly: true } as const
      const end = await server.run({
        ...launch,
        prepare: [{ ...link, target: '/nowhere/at all' }],
      })
      assert.equal(end.state, 'notStarted')
      assert.match(end.state === 'notStarted' ? end.message : '', /"\/nowhere\/at all"/)
      assert.equal(existsSync(path.join(launch.runDir, 'attempt.json')), false)
    })

    test('what can never fit is refused at once, with the figures', async () => {
      const launch = world.launch('echo no', { slots: { cpus: 5, gpus: 0, memoryBytes: 0 } })
      const end = await server.run(launch)
      assert.match(
        end.state === 'notStarted' ? end.message : '',
        /5 CPUs are asked for and this machine has 4/,
      )
    })

    test('attempts wait for slots, say why, and start in the order of submission', async () => {
      const order = path.join(world.home, 'order')
      const wide = { cpus: 4, gpus: 0, memoryBytes: 0 }
      const first = world.launch(untilGo('true'), { slots: wide })
      const second = world.launch(`echo second >>${order}`, { slots: wide })
      const third = world.launch(`echo third >>${order}`)
      await server.executor.submit([first, second, third])
      const queued = await server.until(
        ({ attemptId, state }) => attemptId === second.attemptId && state === 'queued',
      )
      assert.match((queued.state === 'queued' && queued.reason) || '', /4 of 4 CPUs are in use/)
      await server.untilRunning(first)
      go(first)
      await Promise.all([second, third].map((launch) => server.end(launch)))
      assert.equal(readFileSync(order, 'utf8'), 'second\nthird\n')
    })

    test('a server that comes back finds what runs, what waits and what has ended', async () => {
      const wide = { cpus: 4, gpus: 0, memoryBytes: 0 }
      const old = world.open()
      const ended = world.launch('exit 5')
      await old.run(ended)
      const running = world.launch(untilGo('exit 6'), { slots: wide })
      const waiting = world.launch('exit 7', { slots: wide })
      const never = world.launch('exit 8')
      await old.executor.submit([running, waiting])
      await old.untilRunning(running)
      await old.executor.close()
      const next = world.open()
      const adopted = await next.executor.adopt([ended, running, waiting, never])
      assert.deepEqual(
        [ended, running, waiting, never].map(({ attemptId }) => adopted.get(attemptId)),
        ['known', 'known', 'known', 'absent'],
      )
      await next.untilRunning(running)
      go(running)
      const ends = await Promise.all([ended, running, waiting].map((launch) => next.end(launch)))
      assert.deepEqual(
        ends.map((end) => end.state === 'exited' && end.code),
        [5, 6, 7],
      )
    })

    test('an end that no server saw is told to the next one', async () => {
      const old = world.open()
      const launch = world.launch(untilGo('exit 3'))
      await old.executor.submit([launch])
      await old.untilRunning(launch)
      await old.executor.close()
      go(launch)
      await untilFiles(launch.runDir, () => existsSync(path.join(launch.runDir, 'exit.json')))
      const next = world.open()
      await next.executor.adopt([launch])
      const end = await next.end(launch)
      assert.equal(end.state === 'exited' && end.code, 3)
    })

    test('observations of an attempt come in order, each once', async () => {
      const launch = world.launch('true')
      await server.run(launch)
      const states = server.observations
        .filter(({ attemptId }) => attemptId === launch.attemptId)
        .map(({ state }) => state)
      assert.deepEqual(states, ['running', 'exited'])
    })

    test('300 attempts at once all end, each with its own code', async () => {
      const launches = Array.from({ length: 300 }, (_, i) =>
        world.launch(`echo ${i}; exit ${i % 7}`),
      )
      await server.executor.submit(launches)
      const ends = await Promise.all(launches.map((launch) => server.end(launch)))
      ends.forEach((end, i) => {
        assert.equal(end.state === 'exited' && end.code, i % 7)
      })
      assert.equal(world.log(launches[299]!), '299\n')
    })

    test('the processes of a distributed job get their ranks, and logs of their own', async () => {
      const launch = world.launch(
        'echo $RANK/$WORLD_SIZE $LOCAL_RANK $NODE_RANK $MASTER_ADDR; [ "$MASTER_PORT" -gt 0 ]',
        { processCount: 2, nodeCount: 2, distribution: { type: 'pytorch' } },
      )
      const end = await server.run(launch)
      assert.equal(end.state === 'exited' && end.code, 0)
      const logs = [0, 1, 2, 3].map((rank) => world.log(launch, `std_log_process_${rank}.txt`))
      assert.deepEqual(logs, [
        '0/4 0 0 127.0.0.1\n',
        '1/4 1 0 127.0.0.1\n',
        '2/4 0 1 127.0.0.1\n',
        '3/4 1 1 127.0.0.1\n',
      ])
    })

    test('tensorflow gets its cluster: workers, servers, and a place for each', async () => {
      const distribution = { type: 'tensorflow', worker_count: 2, parameter_server_count: 1 }
      const launch = world.launch('echo "$TF_CONFIG"', { processCount: 3, distribution })
      await server.run(launch)
      const configs = [0, 1, 2].map((rank) =>
        JSON.parse(world.log(launch, `std_log_process_${rank}.txt`)),
      )
      assert.deepEqual(
        configs.map(({ task }) => task),
        [
          { type: 'worker', index: 0 },
          { type: 'worker', index: 1 },
          { type: 'ps', index: 0 },
        ],
      )
      const [{ cluster }] = configs
      assert.deepEqual([cluster.worker.length, cluster.ps.length], [2, 1])
      assert.equal(new Set([...cluster.worker, ...cluster.ps]).size, 3)
    })

    test('a rank that fails ends the others, and its code is the job’s', async () => {
      const launch = world.launch(
        'if [ "$RANK" = 2 ]; then sleep 0.2; exit 42; fi; exec sleep 1000',
        { processCount: 4, distribution: { type: 'pytorch' } },
      )
      const end = await server.run(launch)
      assert.equal(end.state === 'exited' && end.code, 42)
    })

    test('all ranks of a distributed job end when it is cancelled', async () => {
      const launch = world.launch('exec sleep 1000', {
        processCount: 3,
        distribution: { type: 'pytorch' },
      })
      await server.executor.submit([launch])
      await server.untilRunning(launch)
      await server.executor.cancel([launch.attemptId], 5)
      const end = await server.end(launch)
      assert.equal(end.state === 'exited' && end.stopped, 'cancel')
      assert.notEqual(end.state === 'exited' && end.code, 0)
    })

    test('more than ten processes have logs named with two digits', async () => {
      const launch = world.launch('true', { processCount: 11, distribution: { type: 'pytorch' } })
      await server.run(launch)
      const names = readdirSync(path.join(launch.runDir, 'user_logs')).sort()
      assert.deepEqual(
        [names[0], names.at(-1)],
        ['std_log_process_00.txt', 'std_log_process_10.txt'],
      )
    })

    test('after a reboot what ran is lost, and says so; what had ended has not changed', async () => {
      const reboot = makeWorld()
      try {
        const before = reboot.open()
        const done = reboot.launch('exit 2')
        const running = reboot.launch('exec sleep 1000')
        await before.run(done)
        await before.executor.submit([running])
        await before.untilRunning(running)
        await before.executor.close()
        killIfThere(before.executor.workerPid ?? 0)
        killIfThere(wrapperPid(running.runDir))
        const next = reboot.open({ bootIdFile: makeBootIdFile(reboot.home) })
        await next.executor.adopt([done, running])
        const ends = await Promise.all([done, running].map((launch) => next.end(launch)))
        assert.equal(ends[0]?.state === 'exited' && ends[0].code, 2)
        assert.equal(ends[1]?.state === 'lost' && ends[1].cause, 'reboot')
      } finally {
        await reboot.close()
      }
    })
  })
}

/** Whether the wrapper has written the end, be it under its name or, told to a worker that died, not yet. */
function hasEnded(runDir: string): boolean {
  const marker = readFacts(runDir)
  return marker === undefined || (marker !== null && 'code' in marker)
}

/** Zombies are dead: in a container nobody may reap them. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
}
