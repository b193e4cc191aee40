import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { API_VERSION, Surfaces } from '../api/surfaces.ts'
import type { ServerFile } from '../core/wire.ts'
import { readBuild } from '../files/build-id.ts'
import { type HomePaths, openHome } from '../files/home.ts'
import type { Db } from '../store/db.ts'
import { openHomeDb } from '../store/open.ts'
import { readSetting, writeSetting } from '../store/settings.ts'
import type { Workspace } from './build.ts'
import { IDLE_STOP_MS, IdleWatch } from './idle.ts'
import { readKeys } from './keys.ts'
import { listenOnPort, listenOnSocket, portOf, stopListening } from './listen.ts'
import { type HomeLock, lockHome } from './lock.ts'
import { type Log, openLog } from './log.ts'
import { readVersion } from './version.ts'

export interface StartOptions {
  /** The home's folder; made when absent. */
  readonly home: string
  /** Stops by itself when nothing needs it. */
  readonly autoStarted?: boolean
  /** Replaces the port stored for this home; 0 lets the system choose a new one. */
  readonly port?: number
  readonly idleStopMs?: number
  /** Replaces the times in which a request has to arrive, its headers as well as its body: tests do not wait that long. */
  readonly arrivalMs?: number
}

export interface RunningServer {
  readonly info: ServerFile
  readonly log: Log
  /** Stops serving; jobs go on and are found again by the next server. Asking twice waits for the same end. */
  stop(): Promise<void>
  /** Resolves when the server has stopped, whoever asked. */
  readonly stopped: Promise<void>
}

/**
 * Starts the server of a home in this process and resolves when it answers.
 *
 * @throws AmletError `HomeInUse` when the home has a server, `PortInUse`, `StorageFailure`.
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const home = openHome({ ...process.env, AMLET_HOME: options.home })
  chmodSync(home.root, 0o700)
  const lock = lockHome(home)
  const log = openLog(home.serverLog)
  let server: HomeServer | undefined
  try {
    server = new HomeServer({ home, lock, log, options })
    return await server.open()
  } catch (error) {
    log.error('the server could not start', error)
    if (server === undefined) lock.release()
    else await server.stop()
    throw error
  }
}

interface Parts {
  readonly home: HomePaths
  readonly lock: HomeLock
  readonly log: Log
  readonly options: StartOptions
}

class HomeServer implements RunningServer {
  readonly log: Log
  readonly stopped: Promise<void>
  readonly #parts: Parts
  readonly #db: Db
  readonly #idle: IdleWatch
  readonly #servers: Server[] = []
  #info: ServerFile | undefined
  #surfaces: Surfaces | undefined
  #workspace: Workspace | undefined
  #stopping: Promise<void> | undefined
  #resolveStopped: () => void = () => {}

  constructor(parts: Parts) {
    const { log, home, options } = parts
    this.#parts = parts
    this.log = log
    this.#db = openHomeDb(home.db)
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve
    })
    this.#idle = new IdleWatch({
      afterMs: options.autoStarted ? (options.idleStopMs ?? IDLE_STOP_MS) : undefined,
      isNeeded: () => this.#workspace?.isNeeded() ?? true,
      stop: () => {
        log.info('stopping: nothing to do')
        this.stop().catch((error: unknown) => log.error('stopping failed', error))
      },
    })
  }

  get info(): ServerFile {
    if (this.#info === undefined) throw new Error('the server has not been opened')
    return this.#info
  }

  async open(): Promise<this> {
    const building = import('./build.ts')
    const { home, log, options } = this.#parts
    const { arrivalMs } = options
    const keys = readKeys(home)
    await this.#listenOnPort()
    const { buildWorkspace } = await building
    this.#workspace = await buildWorkspace({
      home,
      db: this.#db,
      keys,
      log,
      info: this.info,
      stop: () => this.stop(),
      callerOf: (raw) => (this.#surfaces as Surfaces).callerOf(raw),
    })
    this.#surfaces = new Surfaces({
      surfaces: this.#workspace.surfaces,
      keys,
      version: this.info.version,
      build: readBuild(),
      onRequest: () => this.#idle.touch(),
      logError: (message, error) => log.error(message, error),
      arrivalMs,
    })
    this.#servers.push(await listenOnSocket(home.socket, this.#surfaces.listener(true), arrivalMs))
    writeFileSync(home.serverJson, `${JSON.stringify(this.info, undefined, 2)}\n`, { mode: 0o600 })
    log.info(`started: pid ${process.pid}, ${this.info.url}, ${home.socket}, API ${API_VERSION}`)
    return this
  }

  /** The port comes first: what jobs are told about the server holds its address. */
  async #listenOnPort(): Promise<void> {
    const { home, options } = this.#parts
    const port = options.port ?? Number(readSetting(this.#db, 'port') ?? 0)
    const listener: RequestListener = (request, response) => {
      if (this.#surfaces !== undefined) this.#surfaces.listener(false)(request, response)
      else response.writeHead(503, { 'retry-after': '1' }).end()
    }
    const tcp = await listenOnPort(port, listener, options.arrivalMs)
    this.#servers.push(tcp)
    writeSetting(this.#db, 'port', String(portOf(tcp)))
    this.#info = {
      pid: process.pid,
      url: `http://127.0.0.1:${portOf(tcp)}`,
      socket: home.socket,
      home: home.root,
      version: readVersion(),
      started: new Date().toISOString(),
      auto_started: options.autoStarted ?? false,
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const { home, lock, log } = this.#parts
    this.#idle.close()
    await this.#workspace?.stop()
    rmSync(home.serverJson, { force: true })
    const closed = this.#servers.map(stopListening)
    this.#db.close()
    lock.release()
    log.info('stopped')
    // Last, for whoever asked for the stop waits for it: now the home is free.
    for (const server of this.#servers) server.closeAllConnections()
    await Promise.all(closed)
    this.#resolveStopped()
  }
}
