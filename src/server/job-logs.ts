import { existsSync, type FSWatcher, watch } from 'node:fs'
import { mkdir, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import type { JobLogs } from '../api/services.ts'
import { BUILD_LOG, isWaitingFolder } from '../engine/build-log.ts'

const FOLDER = 'user_logs'
/** Azure streams the standard output of the first process of each kind; `all` shows the others too. */
const MAIN_LOG = /^std_log[^\d]*0*\.txt$/
const CHUNK_BYTES = 256 * 1024

/** Log files of attempts, read from their run folders. */
export const runLogs: JobLogs = {
  list: async (runDir, allFiles) => {
    const names = await readdir(path.join(runDir, FOLDER)).catch(() => [])
    const wanted = allFiles ? names : names.filter((name) => MAIN_LOG.test(name))
    const logs = wanted.sort().map((name) => `${FOLDER}/${name}`)
    return existsSync(path.join(runDir, BUILD_LOG)) ? [BUILD_LOG, ...logs] : logs
  },
  read: async (runDir, file, offset) => {
    const handle = await open(path.join(runDir, file)).catch(() => undefined)
    if (handle === undefined) return { text: '', next: offset }
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        offset,
      )
      const length = wholeCharacters(buffer, bytesRead)
      return { text: buffer.toString('utf8', 0, length), next: offset + length }
    } finally {
      await handle.close()
    }
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
