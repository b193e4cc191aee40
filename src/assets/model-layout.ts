import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AmletError } from '../core/errors.ts'
import { list } from './not-found.ts'

/**
 * The folder that holds `MLmodel`: `''` for the root itself, else the name of the folder one level down.
 *
 * @throws AmletError `InvalidValue` when there is none or several, naming what was found.
 */
export function findModelRoot(localPath: string): string {
  if (statSync(localPath).isFile()) throw isSingleFile(localPath)
  if (hasModelFile(localPath)) return ''
  const names = readdirSync(localPath).sort()
  const found = names.filter((name) => hasModelFile(join(localPath, name)))
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  const message =
    only === undefined
      ? `${localPath} is no MLflow model: there is no MLmodel in it or one folder below; it holds ${names.length === 0 ? 'nothing' : list(names)}`
      : `${localPath} holds several MLflow models: ${list(found.map((name) => `${name}/MLmodel`))}`
  const hint =
    only === undefined
      ? 'give the folder that mlflow.<flavor>.save_model wrote, or use type: custom_model'
      : `give one of them, for example ${join(localPath, only)}`
  throw new AmletError({ code: 'InvalidValue', message, hint })
}

function hasModelFile(folder: string): boolean {
  return statSync(join(folder, 'MLmodel'), { throwIfNoEntry: false })?.isFile() ?? false
}

function isSingleFile(localPath: string): AmletError {
  const isModelFile = basename(localPath) === 'MLmodel'
  return new AmletError({
    code: 'InvalidValue',
    message: `${localPath} is a file; an MLflow model is a folder with MLmodel in it`,
    hint: isModelFile
      ? 'give the folder that it is in'
      : 'give the folder that mlflow.<flavor>.save_model wrote, or use type: custom_model',
  })
}
