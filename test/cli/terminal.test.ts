import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, before, type TestContext, test } from 'node:test'
import { type CliWorld, makeCliWorld, PROGRAM } from '../support/cli.ts'

const hasTmux = spawnSync('tmux', ['-V']).status === 0
const TESTS = 3
const skip = hasTmux ? false : `tmux is not installed: ${TESTS} tests of the live tree not run`

/** What never comes ends the test with what the screen shows. */
const LIMITS = { skip, timeout: 300_000 }

let world: CliWorld
let terminals = 0

before(() => {
  world = makeCliWorld()
  const step = (command: string) =>
    `{type: command, command: '${command}', environment: {image: "python:3.11"}}`
  world.write(
    'live.yml',
    `type: pipeline
display_name: nightly
settings: {default_compute: "azureml:local"}
jobs:
  quick: ${step('echo quick is here')}
  held: ${step('echo waiting; until [ -f $AMLET_TEST_GO ]; do sleep 0.05; done; echo released')}
`,
  )
})
after(() => world[Symbol.asyncDispose]())

const tmuxEnv = () => ({ ...world.env, TERM: 'xterm-256color', TMUX_TMPDIR: world.cwd })

/** A terminal in which a person types. */
class Terminal {
  readonly #name = 'typed-in'
  /** A server of tmux for each: one whose last session has ended takes a moment to go. */
  readonly #socket = `amlet-${process.pid}-${terminals++}`
  readonly #signal: AbortSignal
  /** A client of tmux that prints a line for whatever happens in the session. */
  readonly #events: ChildProcess
  #look = () => {}

  /** @param t the test that it belongs to and ends with. */
  constructor(t: TestContext, columns: number, rows: number) {
    this.#signal = t.signal
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      this.#name,
      '-x',
      `${columns}`,
      '-y',
      `${rows}`,
      'sh',
    )
    const words = ['-L', this.#socket, '-C', 'attach', '-f', 'ignore-size', '-t', this.#name]
    this.#events = spawn('tmux', words, { env: tmuxEnv(), stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#events.stdout !== null)
      createInterface(this.#events.stdout).on('line', () => this.#look())
    t.after(() => this.#close())
  }

  type(line: string): void {
    this.#tmux('send-keys', '-t', this.#name, line, 'Enter')
  }

  press(key: string): void {
    this.#tmux('send-keys', '-t', this.#name, key)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', this.#name, '-x', `${columns}`, '-y', `${rows}`)
  }

  get screen(): string {
    return this.#tmux('capture-pane', '-p', '-t', this.#name)
  }

  /** Resolves with the screen that is wanted; looks again whenever something was written to it. */
  until(isThere: (screen: string) => boolean, what: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`the screen never showed ${what}:\n${this.screen}`))
      this.#signal.addEventListener('abort', fail, { once: true })
      this.#look = () => {
        const { screen } = this
        if (!isThere(screen)) return
        this.#look = () => {}
        this.#signal.removeEventListener('abort', fail)
        resolve(screen)
      }
      this.#look()
    })
  }

  #close(): void {
    this.#look = () => {}
    this.#tmux('kill-session', '-t', this.#name)
    this.#events.stdin?.end()
  }

  #tmux(...words: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...words], {
      env: tmuxEnv(),
      cwd: world.cwd,
      encoding: 'utf8',
    })
  }
}

function follow(terminal: Terminal, name: string): string {
  const go = `${world.cwd}/go-${name}`
  terminal.type(
    `clear; '${process.execPath}' '${PROGRAM}' job create -f live.yml -n ${name} --set jobs.held.environment_variables.AMLET_TEST_GO=${go} --stream -o none; echo "exit $?"`,
  )
  return go
}

const shows =
  (...texts: readonly RegExp[]) =>
  (screen: string) =>
    texts.every((text) => text.test(screen))

test('a terminal shows a tree that gives way to the transcript', LIMITS, async (t) => {
  const terminal = new Terminal(t, 90, 24)
  const go = follow(terminal, 'whole')
  const screen = await terminal.until(
    shows(/quick .*Completed/, /held .*Running/, /held │ waiting/),
    'the tree with its log',
  )
  assert.match(
    screen,
    /nightly +[●○] \w+ +\d:\d\d[\s\S]*├─ quick +✓ Completed[\s\S]*└─ held +● Running/,
  )
  world.write(go.slice(world.cwd.length + 1), '')
  const end = await terminal.until(shows(/exit \d/), 'the end')
  assert.match(end, /held │ released\n[\s\S]*Execution Summary[\s\S]*exit 0/)
  assert.doesNotMatch(end, /● Running/, 'nothing of the tree is left')
})

test('a terminal that is made narrower and wider shows one tree', LIMITS, async (t) => {
  const terminal = new Terminal(t, 100, 24)
  const go = follow(terminal, 'sized')
  await terminal.until(shows(/held .*Running/, /held │ waiting/), 'the tree')
  for (const [columns, rows] of [
    [40, 24],
    [120, 30],
    [60, 12],
  ] as const) {
    terminal.resize(columns, rows)
    // Two draws later whatever the resize left behind would be on the screen.
    const before = clockOf(terminal.screen)
    const screen = await terminal.until(
      (text) => clockOf(text) > before && isOneTree(text),
      `one tree at ${columns} × ${rows}`,
    )
    for (const line of screen.split('\n')) assert.ok(line.length <= columns, line)
  }
  world.write(go.slice(world.cwd.length + 1), '')
  await terminal.until(shows(/exit 0/), 'the end')
})

test(
  'Ctrl-C leaves the picture, says how to come back, and gives the prompt',
  LIMITS,
  async (t) => {
    const terminal = new Terminal(t, 90, 24)
    const go = follow(terminal, 'left')
    await terminal.until(shows(/held .*Running/, /held │ waiting/), 'the tree')
    terminal.press('C-c')
    const screen = await terminal.until(shows(/exit \d/), 'the prompt')
    assert.match(
      screen,
      /Stopped following left; the job goes on\.\n {2}come back: {2}amlet job stream -n left/,
    )
    assert.match(screen, /exit 1/)
    world.write(go.slice(world.cwd.length + 1), '')
    const { stdout } = await world.run(['job', 'wait', 'left', '--query', 'status', '-o', 'tsv'])
    assert.equal(stdout, 'Completed\n')
  },
)

/** Seconds that the held step has been running, as the tree says. */
function clockOf(screen: string): number {
  const [, minutes = '0', seconds = '0'] = /held .*Running +(\d+):(\d\d)/.exec(screen) ?? []
  return Number(minutes) * 60 + Number(seconds)
}

function isOneTree(screen: string): boolean {
  return (screen.match(/held +● Running/g) ?? []).length === 1
}
