import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AmletError, type Diagnostic, throwOnErrors } from '../core/errors.ts'
import { toPlain } from '../core/yaml/node.ts'
import { parseYaml } from '../core/yaml.ts'
import { cannotRead } from '../files/walk.ts'

/**
 * Checks the `MLTable` file of a folder: that it can be read, and that its local `paths` are in the folder.
 *
 * @throws AmletError `FileNotFound`, `YamlSyntax`, `InvalidValue`, each problem at once.
 */
export function checkTableFile(folder: string): void {
  const file = join(folder, 'MLTable')
  const problems = checkPaths(readTable(file), { folder, file })
  throwOnErrors(problems)
}

/** @throws AmletError `FileNotFound`, `YamlSyntax`. */
export function readTable(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cannotRead(file, cause)
    const hint = 'type: mltable needs a folder with a file MLTable in it'
    throw new AmletError({ code, message: `there is no file ${file}`, hint }, [], { cause })
  }
  const { root, diagnostics } = parseYaml(text, file)
  throwOnErrors(diagnostics)
  return root && toPlain(root)
}

interface TablePlace {
  readonly folder: string
  readonly file: string
}

function checkPaths(table: unknown, { folder, file }: TablePlace): Diagnostic[] {
  const paths = table !== null && typeof table === 'object' && 'paths' in table ? table.paths : null
  if (!Array.isArray(paths) || paths.length === 0)
    return [
      {
        code: 'MissingField',
        message: `${file} has no list "paths"`,
        hint: 'write paths: with entries such as - file: ./data.csv',
      },
    ]
  return paths.flatMap((entry: unknown, i) =>
    checkEntry(entry, { at: `paths[${i}]`, folder, file }),
  )
}

function checkEntry(
  entry: unknown,
  { at, folder, file }: TablePlace & { at: string },
): Diagnostic[] {
  const [kind, path] = Object.entries(entry ?? {})[0] ?? []
  if (typeof path !== 'string' || (kind !== 'file' && kind !== 'folder' && kind !== 'pattern'))
    return [
      {
        code: 'InvalidValue',
        message: `${at} of ${file} is none of file, folder, pattern`,
        hint: 'write - file: <path>, - folder: <path> or - pattern: <pattern>',
      },
    ]
  if (/^[a-z]+:\/\//.test(path) || kind === 'pattern') return []
  const stats = statSync(join(folder, path), { throwIfNoEntry: false })
  const fits = kind === 'file' ? stats?.isFile() : stats?.isDirectory()
  if (fits) return []
  return [
    {
      code: 'FileNotFound',
      message: `${at} of ${file} names the ${kind} ${path}, which is not there`,
      hint: `paths are relative to ${folder}`,
    },
  ]
}
