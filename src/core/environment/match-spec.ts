/** One line of a conda file's `dependencies`, taken apart: `conda-forge::numpy>=1.2,<2`. */
export interface MatchSpec {
  readonly name: string
  readonly channel?: string
  /** As written, without the build string: `=1.2`, `>=1,<2`; absent when any version does. */
  readonly version?: string
  readonly build?: string
}

const NAME = /^(?:(?<channel>[^\s:[\]]+)::)?(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)\s*(?<rest>.*)$/s

/**
 * Takes a conda match specification apart, in the forms of conda's own files: `name`, `name=1.2`,
 * `name=1.2=build`, `name==1.2`, `name>=1,<2`, `name 1.2 build`, `channel::name`, `name[version='>=1']`.
 * `undefined` when the text is none of them.
 */
export function parseMatchSpec(text: string): MatchSpec | undefined {
  const { channel, name, rest } = NAME.exec(text.trim())?.groups ?? {}
  if (name === undefined || rest === undefined) return undefined
  const place = channel === undefined ? {} : { channel }
  const [plain, bracket] = splitBrackets(rest)
  if (plain === undefined) return undefined
  const version = bracket?.get('version') ?? versionOf(plain)
  const build = bracket?.get('build') ?? buildOf(plain)
  return {
    name: name.toLowerCase(),
    ...place,
    ...(version === undefined || version === '' || version === '*' ? {} : { version }),
    ...(build === undefined || build === '*' ? {} : { build }),
  }
}

function splitBrackets(rest: string): [string | undefined, Map<string, string> | undefined] {
  const open = rest.indexOf('[')
  if (open < 0) return [rest.trim(), undefined]
  if (!rest.trimEnd().endsWith(']')) return [undefined, undefined]
  const pairs = new Map<string, string>()
  for (const match of rest
    .slice(open + 1)
    .matchAll(/(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s,\]]+))/g))
    pairs.set(match[1] ?? '', match[2] ?? match[3] ?? match[4] ?? '')
  return [rest.slice(0, open).trim(), pairs]
}

/** `=1.2=py38_0` and `1.2 py38_0` give `=1.2` and `==1.2`: with a space, conda means that exact version. */
function versionOf(plain: string): string | undefined {
  if (plain === '') return undefined
  const exact = /^([0-9][^\s=<>!~,|]*)(?:\s+\S+)?$/.exec(plain)
  if (exact?.[1] !== undefined) return exact[1].endsWith('*') ? `=${exact[1]}` : `==${exact[1]}`
  const fuzzy = /^=\s*([^\s=<>!~,|]+)\s*=\s*[^\s=]+$/.exec(plain)
  if (fuzzy?.[1] !== undefined) return `=${fuzzy[1]}`
  return plain.replace(/\s+/g, '')
}

function buildOf(plain: string): string | undefined {
  const spaced = /^[0-9][^\s=<>!~,|]*\s+(\S+)$/.exec(plain)
  return spaced?.[1] ?? /^=\s*[^\s=<>!~,|]+\s*=\s*([^\s=]+)$/.exec(plain)?.[1]
}

const CLAUSE = /^(==|>=|<=|!=|~=|>|<|=)?\s*([A-Za-z0-9][A-Za-z0-9._+!-]*?)(\.?\*)?$/

/**
 * A conda version as a PEP 440 one: `=1.2` is `==1.2.*`, `>=1,<2` stays. `undefined` for what PEP 440 cannot
 * say, which is conda's `|` (either version).
 */
export function toPep440(version: string): string | undefined {
  const clauses: string[] = []
  for (const part of version.split(',').map((text) => text.trim())) {
    if (/^={0,2}\*$|^$/.test(part)) continue
    const [, operator = '', number = '', star = ''] = CLAUSE.exec(part) ?? []
    if (number === '') return undefined
    clauses.push(clause(operator, number, star !== ''))
  }
  return clauses.join(',')
}

function clause(operator: string, number: string, hasStar: boolean): string {
  const isPrefix = operator === '=' || hasStar
  if (operator === '!=' && hasStar) return `!=${number}.*`
  if (operator === '>=' || operator === '<=' || operator === '>' || operator === '<')
    return `${operator}${number}`
  if (operator === '~=' || operator === '!=') return `${operator}${number}`
  // A prefix match of a pre-release (`=2.0rc1`) is not a thing in PEP 440; the version itself is meant.
  return isPrefix && /^[0-9.]+$/.test(number) ? `==${number}.*` : `==${number}`
}
