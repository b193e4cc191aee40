import type { Diagnostic } from '../errors.ts'
import type { AssetKind } from '../refs/reference.ts'

const LONGEST = 255
const WORD = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/

/** What is wrong with the name and version of an asset; empty when nothing is. */
export function checkAssetName(
  kind: AssetKind,
  name: string,
  version: string | undefined,
): Diagnostic[] {
  const problems = checkWord(name, `the ${kind} name`)
  if (version !== undefined) problems.push(...checkWord(version, 'the version'))
  if (version === 'latest')
    problems.push({
      code: 'InvalidValue',
      message: 'a version cannot be called "latest"',
      hint: '@latest always means the newest; leave the version out to get the next number',
    })
  return problems
}

function checkWord(word: string, what: string): Diagnostic[] {
  if (word.length > LONGEST)
    return [
      {
        code: 'InvalidValue',
        message: `${what} "${word.slice(0, 40)}…" has ${word.length} characters, and ${LONGEST} is the most`,
        hint: 'choose a shorter one',
      },
    ]
  if (WORD.test(word)) return []
  const stray = [...word].find((letter) => !/[A-Za-z0-9_.+-]/.test(letter))
  const why =
    word === ''
      ? `${what} is empty`
      : stray === undefined
        ? `${what} "${word}" begins with "${word[0]}"`
        : `${what} "${word}" holds "${stray}"`
  return [
    {
      code: 'InvalidValue',
      message: why,
      hint: 'use letters, digits, "_", "-" and ".", and begin with a letter or digit',
    },
  ]
}
