import type { WalkedFile } from './walk.ts'

/** A list of files in a form that costs next to nothing to send to another thread. */
export interface FileList {
  readonly texts: string
  readonly numbers: Float64Array
}

const NUMBERS = 5
/** No file name can hold it. */
const END = '\0'

/** The list of those files. */
export function packFileList(files: readonly WalkedFile[]): FileList {
  const numbers = new Float64Array(files.length * NUMBERS)
  files.forEach(({ sizeBytes, mtimeMs, ctimeMs, inode, isExecutable }, i) => {
    numbers.set([sizeBytes, mtimeMs, ctimeMs, inode, isExecutable ? 1 : 0], i * NUMBERS)
  })
  return { texts: files.map(({ path, source }) => `${path}${END}${source}`).join(END), numbers }
}

/** The files of a list. */
export function unpackFileList({ texts, numbers }: FileList): WalkedFile[] {
  const parts = texts.split(END)
  return Array.from({ length: numbers.length / NUMBERS }, (_, i) => {
    const [sizeBytes = 0, mtimeMs = 0, ctimeMs = 0, inode = 0, executable = 0] = numbers.subarray(
      i * NUMBERS,
      (i + 1) * NUMBERS,
    )
    const { [2 * i]: path = '', [2 * i + 1]: source = '' } = parts
    return { path, source, sizeBytes, mtimeMs, ctimeMs, inode, isExecutable: executable === 1 }
  })
}
