/** How far the reading of a tree has come. */
export interface ProgressState {
  readonly files: number
  readonly bytes: number
  readonly totalFiles: number
  readonly totalBytes: number
}

const FILES = 0
const BYTES = 1
const TOTAL_FILES = 2
const TOTAL_BYTES = 3
const SLOTS = 4

/** Counts what is read, in memory that the reading threads and who watches them share. */
export class Progress {
  readonly buffer: SharedArrayBuffer
  readonly #slots: BigInt64Array

  constructor(buffer = new SharedArrayBuffer(SLOTS * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#slots = new BigInt64Array(buffer)
  }

  expect(files: number, bytes: number): void {
    Atomics.add(this.#slots, TOTAL_FILES, BigInt(files))
    Atomics.add(this.#slots, TOTAL_BYTES, BigInt(bytes))
  }

  addFiles(count: number): void {
    Atomics.add(this.#slots, FILES, BigInt(count))
  }

  addBytes(count: number): void {
    Atomics.add(this.#slots, BYTES, BigInt(count))
  }

  read(): ProgressState {
    const at = (slot: number) => Number(Atomics.load(this.#slots, slot))
    return {
      files: at(FILES),
      bytes: at(BYTES),
      totalFiles: at(TOTAL_FILES),
      totalBytes: at(TOTAL_BYTES),
    }
  }
}
