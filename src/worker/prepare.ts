import {
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { copyTree } from './copy-tree.ts'
import type { Places } from './places.ts'
import type { Launch, PrepareStep } from './protocol.ts'

type LinkStep = Extract<PrepareStep, { op: 'link' }>

/**
 * Makes the folders, links, files and copies of a launch, in order. Safe to repeat: what a try before left
 * is replaced. `there` are folders known to be there already; a copy may replace them. Gives a promise only when there
 * is something large to copy.
 */
export function prepareLaunch(
  launch: Launch,
  places: Places,
  there: ReadonlySet<string> = new Set(),
): Promise<void> | undefined {
  const logs = path.join(launch.runDir, 'user_logs')
  if (!there.has(logs)) mkdirSync(logs, { recursive: true, mode: 0o700 })
  if (!there.has(launch.workDir)) mkdirSync(launch.workDir, { recursive: true })
  const steps = launch.prepare.map((step) => copyWhereNothingBinds(step, places))
  for (const [i, step] of steps.entries()) {
    if (step.op === 'copy') return prepareWithCopies(steps.slice(i), places)
    if (step.op !== 'mkdir' || !there.has(step.path)) prepareNow(step, places)
  }
  return undefined
}

async function prepareWithCopies(steps: readonly PrepareStep[], places: Places): Promise<void> {
  for (const step of steps) {
    if (step.op !== 'copy') prepareNow(step, places)
    else {
      requireTarget(step.target)
      await copyTree(step.target, places.writable(step.path))
    }
  }
}

function prepareNow(step: Exclude<PrepareStep, { op: 'copy' }>, places: Places): void {
  switch (step.op) {
    case 'mkdir':
      mkdirSync(places.writable(step.path), { recursive: true })
      return
    case 'write':
      mkdirSync(path.dirname(places.writable(step.path)), { recursive: true })
      writeFileSync(places.writable(step.path), step.text, { mode: step.mode ?? 0o644 })
      return
    case 'link':
      if (step.readOnly) requireTarget(step.target)
      if (!isMount(step, places) || !isShown(step, places))
        makeLink(step.readOnly ? places.readOnly(step.target) : places.writable(step.target), step)
  }
}

/**
 * MLflow opens a model only when its path, links resolved, lies below the path's own parent. So a model's folder is
 * shown at its place instead of being linked to, or copied where there is no namespace to show it in (mlflow 3.17,
 * `validate_path_within_directory`).
 */
const isModelFolder = (target: string) => existsSync(path.join(target, 'MLmodel'))

function isMount({ readOnly, asMount, target }: LinkStep, places: Places): boolean {
  return readOnly && places.canBind && (asMount === true || isModelFolder(target))
}

/** A link does for what could not be mounted (its name has a line break, say), but for a model. */
function isShown({ target, path: at }: LinkStep, places: Places): boolean {
  const refusal = places.bind(target, at)
  if (refusal !== undefined && isModelFolder(target))
    throw new Error(`"${target}" could not be made read-only: ${refusal}`)
  return refusal === undefined
}

function copyWhereNothingBinds(step: PrepareStep, places: Places): PrepareStep {
  const isModel = step.op === 'link' && step.readOnly && isModelFolder(step.target)
  return isModel && !places.canBind ? { op: 'copy', path: step.path, target: step.target } : step
}

function makeLink(target: string, { path: link }: { path: string }): void {
  try {
    symlinkSync(target, link)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') mkdirSync(path.dirname(link), { recursive: true })
    else if (code === 'EEXIST') removeOld(link)
    else throw error
    symlinkSync(target, link)
  }
}

function removeOld(link: string): void {
  if (lstatSync(link).isSymbolicLink()) unlinkSync(link)
  else rmSync(link, { recursive: true })
}

function requireTarget(target: string): void {
  if (!existsSync(target)) throw new Error(`"${target}" is not there any more`)
}
