import { readSync, writeSync } from 'node:fs'

/** What whoever starts a program in a namespace leaves behind, since that program may not mount. */
export interface Mounter {
  /** Shows `source` at `target`, read-only; an answer other than `ok` is the reason why not. Takes some milliseconds. */
  mount(source: string, target: string): string
  /** Takes off what is shown at `target`, soon. */
  unmount(target: string): void
}

/** Ends of the pipes to it. */
const REQUESTS = 4
const ANSWERS = 5

export const MOUNTER: Mounter = {
  mount: (source, target) => {
    if (/\n/.test(source + target)) return 'its name has a line break'
    writeSync(REQUESTS, `${source}\n${target}\n`)
    const answer = Buffer.alloc(4096)
    return answer.toString('utf8', 0, readSync(ANSWERS, answer)).trim()
  },
  unmount: (target) => {
    writeSync(REQUESTS, `\n${target}\n`)
  },
}
