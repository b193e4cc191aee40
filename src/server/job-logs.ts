import {
  closeSync,
  existsSync,
  type FSWatcher,
  fstatSync,
  openSync,
  read,
  readSync,
  statSync,
  watch,
} from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import type { JobLogs } from '../api/services.ts'
import { BUILD_LOG, isWaitingFolder } from '../engine/build-log.ts'

const FOLDER = 'user_logs'
/** Azure streams the standard output of the first process of each kind; `all` shows the others too. */
const MAIN_LOG = /^std_log[^\d]*0*\.txt$/
const CHUNK_BYTES = 256 * 1024

/** What can be read on the spot: handing it to a thread costs more than the reading. */
const SMALL_BYTES = 64 * 1024
/** Where one process writes; there is no other standard output beside it. */
const ONE_LOG = `${FOLDER}/std_log.txt`

/** Log files of attempts, read from their run folders. */
export const runLogs: JobLogs = {
  list: async (runDir, allFiles) => {
    const build = existsSync(path.join(runDir, BUILD_LOG)) ? [BUILD_LOG] : []
    if (!allFiles && existsSync(path.join(runDir, ONE_LOG))) return [...build, ONE_LOG]
    const names = await readdir(path.join(runDir, FOLDER)).catch(() => [])
    const wanted = allFiles ? names : names.filter((name) => MAIN_LOG.test(name))
    return [...build, ...wanted.sort().map((name) => `${FOLDER}/${name}`)]
  },
  read: async (runDir, file, offset) => {
    const descriptor = openOrNothing(path.join(runDir, file))
    if (descriptor === undefined) return { text: '', next: offset, isWhole: true }
    try {
      const left = fstatSync(descriptor).size - offset
      if (left <= 0) return { text: '', next: offset, isWhole: true }
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, left))
      const bytesRead =
        left <= SMALL_BYTES
          ? readSync(descriptor, buffer, 0, buffer.length, offset)
          : await readLater(descriptor, buffer, offset)
      const length = wholeCharacters(buffer, bytesRead)
      const text = buffer.toString('utf8', 0, length)
      return { text, next: offset + length, isWhole: left <= CHUNK_BYTES || length === 0 }
    } finally {
      closeSync(descriptor)
    }
  },
  readEnd: async (runDir, file, bytes) => {
    const stats = statSync(path.join(runDir, file), { throwIfNoEntry: false })
    const from = Math.max(0, (stats?.size ?? 0) - bytes)
    const { text } = await runLogs.read(runDir, file, from)
    return { text: from === 0 ? text : text.slice(text.indexOf('\n') + 1), isCut: from > 0 }
  },
  watch: (runDir, onChange) => {
    const buildLog = isWaitingFolder(runDir) ? path.join(runDir, BUILD_LOG) : undefined
    const folder = buildLog === undefined ? path.join(runDir, FOLDER) : path.dirname(buildLog)
    const watchers = new Map<string, FSWatcher>()
    let isClosed = false
    const add = (target: string) => {
      if (isClosed || watchers.has(target) || !existsSync(target)) return
      watchers.set(
        target,
        watch(target, changed).on('error', () => {}),
      )
    }
    const changed = () => {
      // It has a name at every job that waits; what is written under one is seen only by a watch of the file.
      if (buildLog !== undefined) add(buildLog)
      if (!isClosed) onChange()
    }
    mkdir(folder, { recursive: true, mode: 0o700 })
      .then(() => add(folder))
      .then(changed, () => {})
    return () => {
      isClosed = true
      for (const watcher of watchers.values()) watcher.close()
    }
  },
}

function openOrNothing(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch {
    return undefined
  }
}

function readLater(descriptor: number, buffer: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, offset, (error, bytesRead) =>
      error === null ? resolve(bytesRead) : reject(error),
    )
  })
}

/** Bytes up to the last whole character: one that is cut off comes with the next reading. */
function wholeCharacters(buffer: Buffer, length: number): number {
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = buffer[length - back] ?? 0
    if ((byte & 0b1100_0000) === 0b1000_0000) continue
    const needs = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1
    return needs > back ? length - back : length
  }
  return length
}
