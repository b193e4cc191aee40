import { execFile } from 'node:child_process'
import os from 'node:os'
import type { Slots } from '../executor.ts'

/**
 * What this machine has to give: processors and memory as far as this process may use them, GPUs by asking
 * `nvidia-smi`, and of these only those that `CUDA_VISIBLE_DEVICES` leaves. `configured` figures are taken as they are.
 */
export async function detectSlots(configured: Partial<Slots> = {}): Promise<Slots> {
  return {
    cpus: configured.cpus ?? os.availableParallelism(),
    gpus: configured.gpus ?? (await countGpus()),
    memoryBytes: configured.memoryBytes ?? usableMemoryBytes(),
  }
}

function usableMemoryBytes(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, os.totalmem()) : os.totalmem()
}

function countGpus(): Promise<number> {
  const visible = process.env['CUDA_VISIBLE_DEVICES']?.split(',').filter((id) => id.trim() !== '')
  return new Promise((resolve) => {
    execFile('nvidia-smi', ['-L'], { timeout: 10_000 }, (error, stdout) => {
      const found = error ? 0 : stdout.split('\n').filter((line) => /^GPU \d+:/.test(line)).length
      resolve(visible === undefined ? found : Math.min(found, visible.length))
    })
  })
}
