import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { AmletError } from '../core/errors.ts'
import { readCodeIgnoreRule, readIgnoreRule } from './ignore-rules.ts'
import { walkTree } from './walk.ts'

const root = mkdtempSync(join(tmpdir(), 'amlet-walk-'))
after(() => rmSync(root, { recursive: true, force: true }))

function folder(name: string, files: readonly string[]): string {
  const path = join(root, name)
  mkdirSync(path, { recursive: true })
  for (const file of files) {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), file)
  }
  return path
}

const paths = (path: string, ignore = readIgnoreRule(path)) =>
  walkTree(path, { ignore }).files.map((file) => file.path)

function problems(path: string): string[] {
  try {
    walkTree(path)
  } catch (error) {
    if (error instanceof AmletError) return error.diagnostics.map((d) => `${d.code}: ${d.message}`)
    throw error
  }
  return []
}

test('files are listed sorted, with any name that the disk takes', () => {
  const long = 'x'.repeat(255)
  const names = ['b/2 with blanks.txt', 'ä/日本.csv', 'a', long, 'q"uote$', "it's\n"]
  const path = folder('names', names)
  assert.deepEqual(paths(path), [...names].sort())
})

test('a single file is a tree of one', () => {
  const path = folder('single', ['model.pkl'])
  const tree = walkTree(join(path, 'model.pkl'))
  assert.equal(tree.isFile, true)
  assert.deepEqual(
    tree.files.map((file) => file.path),
    [''],
  )
})

test('.amlignore wins over .gitignore, and only the one at the root is read', () => {
  const path = folder('ignored', [
    'keep.py',
    'data/big.bin',
    'logs/a.log',
    'sub/.gitignore',
    'sub/x',
  ])
  writeFileSync(join(path, '.gitignore'), 'keep.py\n')
  writeFileSync(join(path, '.amlignore'), 'data/\n*.log\n')
  writeFileSync(join(path, 'sub/.gitignore'), 'x\n')
  assert.deepEqual(paths(path), ['.amlignore', '.gitignore', 'keep.py', 'sub/.gitignore', 'sub/x'])
})

test('a .gitignore at the root is read where there is no .amlignore, with its negations', () => {
  const path = folder('git', ['a.csv', 'keep.csv', 'Makefile'])
  writeFileSync(join(path, '.gitignore'), '*.csv\n!keep.csv\n')
  assert.deepEqual(paths(path), ['.gitignore', 'Makefile', 'keep.csv'])
})

test('an ignored folder is never entered, whatever is in it', () => {
  const path = folder('pruned', ['train.py', 'env/bin/python'])
  symlinkSync('nowhere', join(path, 'env/broken'))
  writeFileSync(join(path, '.amlignore'), 'env\n')
  assert.deepEqual(paths(path), ['.amlignore', 'train.py'])
})

test('code never holds caches of the interpreter or the history of the repository', () => {
  const path = folder('code', ['m.py', '__pycache__/m.pyc', 'p/__pycache__/q.pyc', '.git/HEAD'])
  assert.deepEqual(paths(path, readCodeIgnoreRule(path)), ['m.py'])
})

test('links are followed, and those that lead outside are told', () => {
  const outside = folder('elsewhere', ['shared.csv', 'deep/d.csv'])
  const path = folder('links', ['own.csv'])
  symlinkSync('own.csv', join(path, 'alias.csv'))
  symlinkSync(join(outside, 'shared.csv'), join(path, 'far.csv'))
  symlinkSync(join(outside, 'deep'), join(path, 'deep'))
  const tree = walkTree(path)
  assert.deepEqual(
    tree.files.map((file) => file.path),
    ['alias.csv', 'deep/d.csv', 'far.csv', 'own.csv'],
  )
  assert.deepEqual([...tree.outsideLinks].sort(), ['deep', 'far.csv'])
})

test('every loop of links, dangling link and pipe is reported at once', () => {
  const path = folder('bad', ['a/b/file'])
  symlinkSync('..', join(path, 'a/b/up'))
  symlinkSync('self', join(path, 'self'))
  symlinkSync('gone', join(path, 'dangling'))
  execFileSync('mkfifo', [join(path, 'pipe')])
  assert.deepEqual(problems(path).sort(), [
    `FileNotFound: the link ${path}/dangling points to nothing that can be read`,
    `InvalidValue: ${path}/pipe is neither a file nor a folder`,
    `InvalidValue: the link ${path}/a/b/up leads back to a folder that it is in`,
    `InvalidValue: the link ${path}/self leads back to a folder that it is in`,
  ])
})

test('a root that is missing is named', () => {
  assert.deepEqual(problems(join(root, 'no', 'where')), [
    `FileNotFound: there is no file or folder ${root}/no/where`,
  ])
})

test('a name that is not UTF-8 is told as that', {
  skip: process.platform !== 'linux' && 'only Linux has such names',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'amlet-walk-'))
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff, 0xfe])]), '')
  assert.throws(() => walkTree(folder), /the name of .*bad.* is not UTF-8 text/)
  rmSync(folder, { recursive: true })
})
