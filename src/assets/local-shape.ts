import { statSync } from 'node:fs'
import { AmletError } from '../core/errors.ts'
import { checkTableFile } from './mltable.ts'
import { findModelRoot } from './model-layout.ts'

/**
 * Looks whether a file or folder of the user's is what its type says, before its bytes are stored: what is wrong is
 * then told of the user's own path. Nothing is said of a path that is not there.
 *
 * @throws AmletError `InvalidValue`, `FileNotFound`, `MissingField`.
 */
export function checkLocalShape(localPath: string, type: string): void {
  const stats = statSync(localPath, { throwIfNoEntry: false })
  if (stats === undefined) return
  if (type === 'mlflow_model') findModelRoot(localPath)
  if (type === 'mltable') checkTableFile(localPath)
  if (type === 'uri_file' && stats.isDirectory()) throw notAFile(localPath)
}

/** `type: uri_file` with a folder. */
export function notAFile(path: string): AmletError {
  return new AmletError({
    code: 'InvalidValue',
    message: `${path} is a folder, and type: uri_file needs a file`,
    hint: 'use type: uri_folder, or give a file in it',
  })
}
