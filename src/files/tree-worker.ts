import { parentPort } from 'node:worker_threads'
import { AmletError, type Diagnostic } from '../core/errors.ts'
import { copyTree } from './copy-tree.ts'
import { diffTrees } from './diff-trees.ts'
import { compareListing, takeListing } from './listing.ts'
import { layOutPack } from './pack.ts'
import { setTreeWritable } from './protect.ts'
import { readShare } from './read-files.ts'
import { storeTree } from './store-tree.ts'
import { hashTree, listTree } from './trees.ts'

/** What a thread for trees can be asked. */
export const TREE_TASKS = {
  hashTree,
  listTree,
  storeTree,
  takeListing,
  compareListing,
  copyTree,
  diffTrees,
  layOutPack,
  readShare,
  setTreeWritable,
} as const
export type TreeTasks = typeof TREE_TASKS
export type TreeTask = keyof TreeTasks

parentPort?.on('message', async ({ task, request }) => {
  try {
    const work = TREE_TASKS[task as TreeTask] as (request: unknown) => unknown
    parentPort?.postMessage({ result: await work(request) })
  } catch (error) {
    const diagnostics = error instanceof AmletError ? error.diagnostics : fromSystem(error)
    parentPort?.postMessage({ diagnostics, message: String((error as Error).stack ?? error) })
  }
})

/** What the system refuses, such as a write to a full disk, is told in its own words. */
function fromSystem(error: unknown): readonly Diagnostic[] | undefined {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return undefined
  const hint =
    code === 'ENOSPC'
      ? 'free some space (amlet gc --dry-run says what can go), then try again'
      : 'check the permissions of the folder'
  return [{ code: 'StorageFailure', message: `nothing was stored: ${message}`, hint }]
}
