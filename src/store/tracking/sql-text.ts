import type { SqlValue } from '../db.ts'

/** A statement that is put together, with the values it binds. User text only ever gets in by `bind`. */
export class SqlText {
  text = ''
  readonly params: Record<string, SqlValue> = {}
  #count = 0

  /** Gives the placeholder for `value`. */
  bind(value: SqlValue): string {
    this.#count += 1
    const name = `v${this.#count}`
    this.params[name] = value
    return `:${name}`
  }

  add(text: string): void {
    this.text += text
  }
}
