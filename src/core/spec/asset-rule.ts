import { kindOf } from './check-reference.ts'
import { type Place, report } from './place.ts'
import { fieldPlace } from './sweep-rule.ts'

type Value = Record<string, unknown>

/** Says what the service finds late: the type of a data asset and what stands at its path differ. */
export function finishData(place: Place, value: Value): void {
  value['type'] ??= 'uri_folder'
  const path = localPath(value)
  if (path === undefined) return
  const kind = kindOf(place, path)
  const { type } = value
  if (type === 'uri_file' && kind === 'folder')
    warn(place, 'path', `${path} is a folder, and the type is uri_file`, 'write "type: uri_folder"')
  if (type === 'mltable' && kind === 'folder' && kindOf(place, `${path}/MLTable`) !== 'file')
    warn(
      place,
      'path',
      `${path} holds no file named MLTable`,
      'add one, or write "type: uri_folder"',
    )
}

export function finishModel(place: Place, value: Value): void {
  value['type'] ??= 'custom_model'
  const { node } = place
  if (node.kind === 'map' && !node.byName.has('path'))
    report(place, {
      code: 'MissingField',
      message: '"path" is missing in this model',
      hint: 'add "path:", a local file or folder, or azureml://jobs/<job>/outputs/<output>',
      atKey: true,
    })
  const path = localPath(value)
  if (path === undefined || value['type'] !== 'mlflow_model') return
  if (kindOf(place, path) === 'file')
    warn(
      place,
      'path',
      `${path} is a single file, and an MLflow model is a folder with a file named MLmodel`,
      'name the folder, or write "type: custom_model"',
    )
  else if (kindOf(place, path) === 'folder' && holdsNoModel(place, path))
    report(fieldPlace(place, 'path'), {
      code: 'FileNotFound',
      message: `${path} holds no file named MLmodel`,
      hint: 'name the folder that holds MLmodel, or write "type: custom_model"',
    })
}

/** The root of an MLflow model may stand one level down, in a folder of any name. */
function holdsNoModel(place: Place, path: string): boolean {
  const names = place.load.files.list?.(path)
  if (names === undefined) return false
  const folders = [path, ...names.map((name) => `${path}/${name}`)]
  return folders.every((folder) => kindOf(place, `${folder}/MLmodel`) !== 'file')
}

function localPath(value: Value): string | undefined {
  const { path } = value
  return typeof path === 'string' && path.startsWith('/') && !path.startsWith('/subscriptions/')
    ? path
    : undefined
}

function warn(place: Place, field: string, message: string, hint: string): void {
  report(fieldPlace(place, field), { code: 'InvalidValue', severity: 'warning', message, hint })
}
