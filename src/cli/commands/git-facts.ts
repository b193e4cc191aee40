import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Facts of the checkout around a folder, under the names that Azure's client records. Read from git's own files:
 * starting `git` would cost more than the rest of the command.
 */
export function readGitFacts(folder: string): Record<string, string> | undefined {
  const git = findGitFolder(folder)
  if (git === undefined) return undefined
  const head = readText(join(git, 'HEAD')).trim()
  const ref = /^ref: (.+)$/.exec(head)?.[1]
  const commit = ref === undefined ? head : readRef(commonFolder(git), ref)
  const branch = ref?.replace(/^refs\/heads\//, '')
  const url = remoteUrl(readText(join(commonFolder(git), 'config')))
  return {
    ...(url === undefined
      ? {}
      : { 'azureml.git.repository_uri': url, 'mlflow.source.git.repoURL': url }),
    ...(branch === undefined
      ? {}
      : { 'azureml.git.branch': branch, 'mlflow.source.git.branch': branch }),
    ...(commit === undefined || commit === ''
      ? {}
      : { 'azureml.git.commit': commit, 'mlflow.source.git.commit': commit }),
  }
}

function findGitFolder(start: string): string | undefined {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const git = join(folder, '.git')
    if (existsSync(git)) return followLink(git)
    if (folder === dirname(folder)) return undefined
  }
}

/** In a worktree `.git` is a file that names the folder. */
function followLink(git: string): string {
  if (statSync(git).isDirectory()) return git
  const target = /^gitdir: (.+)$/m.exec(readText(git))?.[1]
  return target === undefined ? git : resolve(dirname(git), target.trim())
}

function commonFolder(git: string): string {
  const common = readText(join(git, 'commondir')).trim()
  return common === '' ? git : resolve(git, common)
}

function readRef(git: string, ref: string): string | undefined {
  const loose = readText(join(git, ref)).trim()
  if (loose !== '') return loose
  const packed = readText(join(git, 'packed-refs')).split('\n')
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0]
}

/** The address of `origin`, without a password that somebody wrote into it. */
function remoteUrl(config: string): string | undefined {
  const section = /\[remote "origin"\]([^[]*)/.exec(config)?.[1] ?? ''
  const url = /^\s*url\s*=\s*(.+)$/m.exec(section)?.[1]?.trim()
  return url?.replace(/^(\w+:\/\/)[^@/]*@/, '$1')
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
