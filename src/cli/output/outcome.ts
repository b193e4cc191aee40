/** A column of `-o table`: its heading before the first letter is made large, and where its cell comes from. */
export type Columns = readonly (readonly [heading: string, cell: (row: Row) => unknown])[]
export type Row = Readonly<Record<string, unknown>>

/** What a command gives back. Everything it prints on stdout goes through here. */
export interface Outcome {
  /** The result, shown by `--output` and `--query`. Undefined and null print nothing. */
  readonly value?: unknown
  /** Printed as it is, whatever `--output` says. */
  readonly text?: string
  /** Columns of `-o table`; without them every plain field is one. */
  readonly table?: Columns
  readonly exitCode?: number
}
