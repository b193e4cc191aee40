/** A named place for bytes. */
export interface Datastore {
  readonly name: string
  /** The value of `type:`, e.g. `local`, `azure_blob`. */
  readonly type: string

  /**
   * Absolute path on this machine of a path inside the datastore, which need not exist. Never leaves the
   * datastore's folder, by `..` or through a link.
   *
   * @throws AmletError `InvalidReference` for a path that leaves it, `OperationNotSupported` when this
   *   machine has no way to the bytes.
   */
  resolvePath(path: string): string
}
