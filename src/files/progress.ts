import { AmletError } from '../core/errors.ts'

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
const GIVEN_UP = 4
const SLOTS = 5

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

  /** Nobody waits for the result any more: whoever reads stops at the next file. */
  giveUp(): void {
    Atomics.store(this.#slots, GIVEN_UP, 1n)
  }

  /** @throws AmletError `UserError` once it was given up. */
  expectWanted(): void {
    if (Atomics.load(this.#slots, GIVEN_UP) === 0n) return
    throw new AmletError({
      code: 'UserError',
      message: 'whoever asked for it has gone; nothing was stored',
      hint: 'send it again',
    })
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
