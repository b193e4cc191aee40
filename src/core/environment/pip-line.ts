/** What a line of a conda file's pip part is: something to install, an option of the installer, or neither. */
export type PipLine =
  | { readonly kind: 'requirement'; readonly text: string }
  /** In the installer's own words: `--extra-index-url https://…`. */
  | { readonly kind: 'option'; readonly text: string }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint: string }

const WITH_VALUE: Readonly<Record<string, string>> = {
  '--extra-index-url': '--extra-index-url',
  '--index-url': '--index-url',
  '-i': '--index-url',
  '--pypi-url': '--index-url',
  '--find-links': '--find-links',
  '-f': '--find-links',
  '--trusted-host': '--allow-insecure-host',
  '--no-binary': '--no-binary',
  '--only-binary': '--only-binary',
}
const PLAIN: Readonly<Record<string, string>> = {
  '--pre': '--prerelease=allow',
  '--no-index': '--no-index',
  '--no-deps': '--no-deps',
  '--no-build-isolation': '--no-build-isolation',
}
const IGNORED = new Set(
  '--no-cache-dir --upgrade -U --prefer-binary --user --quiet -q --disable-pip-version-check'.split(
    ' ',
  ),
)
const OTHER_FILE = {
  reason: 'a conda file stands alone, so the files beside it are not there when it is built',
  hint: 'write the packages themselves into the pip part',
}
const OTHER_FILE_OPTIONS = new Set('-r --requirement -c --constraint -e --editable'.split(' '))

/** Reads one line as pip reads a line of a requirements file; `undefined` when it is empty. */
export function readPipLine(line: string): PipLine | undefined {
  const text = line.replace(/(^|\s)#.*$/, '').trim()
  if (text === '') return undefined
  if (text.startsWith('-')) return readOption(text)
  if (
    /^(\.{0,2}\/|~\/|\.{1,2}$|file:|[A-Za-z]:\\)/.test(text) ||
    /^[^\s@]+\.(whl|tar\.gz|zip)$/.test(text)
  ) {
    const isUrl = /^[a-z+]+:\/\//.test(text) && !text.startsWith('file:')
    if (!isUrl) return { kind: 'refused', ...OTHER_FILE }
  }
  return { kind: 'requirement', text }
}

function readOption(text: string): PipLine {
  const [, name = text, rest = ''] = /^(--?[A-Za-z-]+)(?:\s*=\s*|\s+)?(.*)$/.exec(text) ?? []
  if (IGNORED.has(name) || name.startsWith('--use-')) return { kind: 'ignored' }
  if (OTHER_FILE_OPTIONS.has(name)) return readOtherFile(rest)
  const withValue = Object.hasOwn(WITH_VALUE, name) ? WITH_VALUE[name] : undefined
  if (withValue !== undefined && rest !== '')
    return { kind: 'option', text: `${withValue} ${rest}` }
  if (withValue !== undefined)
    return { kind: 'refused', reason: 'it has no value', hint: `write ${name} <value>` }
  const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined
  if (plain !== undefined) return { kind: 'option', text: plain }
  return {
    kind: 'refused',
    reason: 'it is not an option that a conda file can give here',
    hint: `use one of ${[...Object.keys(WITH_VALUE), ...Object.keys(PLAIN)].join(', ')}`,
  }
}

/** `-e git+https://…` needs no file beside the conda file: it is installed, though not editable. */
function readOtherFile(rest: string): PipLine {
  if (/^(git|hg|svn|bzr)\+/.test(rest)) return { kind: 'requirement', text: rest }
  return { kind: 'refused', ...OTHER_FILE }
}

/** The package a requirement is about, as PyPI compares names; `undefined` for a bare URL. */
export function requirementName(requirement: string): string | undefined {
  const name = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:$|[[<>=!~;@\s(])/.exec(requirement)?.[1]
  const egg = name ?? /[#&]egg=([A-Za-z0-9._-]+)/.exec(requirement)?.[1]
  return egg?.toLowerCase().replace(/[-_.]+/g, '-')
}
