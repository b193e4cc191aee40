import { requirementName } from '../core/environment/pip-line.ts'
import type { EnvironmentPlan, PlannedLine } from '../core/environment/plan.ts'
import { AmletError } from '../core/errors.ts'
import type { Finished } from './process.ts'

/** `EnvironmentBuildFailed`, at a line of the conda file when one is to blame. */
export function failBuild(message: string, line?: PlannedLine, hint?: string): AmletError {
  return new AmletError({
    code: 'EnvironmentBuildFailed',
    message: line === undefined ? message : `${message} (${whereOf(line)})`,
    source: line?.source,
    hint,
  })
}

/** `/src/environment.yml:4: "lightgbm=99"`; where the file is not known, enough to find the line in it. */
function whereOf({ source, path, conda }: PlannedLine): string {
  const place = source === undefined ? `conda file, ${path}` : `${source.file}:${source.line}`
  return `${place}: "${conda}"`
}

/** Turns an installer's complaint into an error that has its words and the line of the conda file. */
export function failInstall(
  tool: string,
  { signal, stdout, stderr }: Finished,
  plan: EnvironmentPlan,
): AmletError {
  const output = stderr.trim() === '' ? stdout : stderr
  if (signal !== null) return failKilled(tool, signal, output)
  const words = wordsOf(output)
  const isOffline = /error sending request|dns error|Connection refused|timed out/i.test(words)
  // No line of the file is to blame for a network.
  const [guilty] = isOffline ? [] : guiltyLines(words, [...plan.requirements, ...plan.condaOnly])
  const hint = isOffline
    ? 'check that this machine reaches its package index'
    : guilty === undefined
      ? undefined
      : 'correct that line, or loosen the versions that exclude one another'
  return failBuild(`${tool} could not install the packages: ${words}`, guilty, hint)
}

/** Its last lines tell of progress, not of what was wrong. */
function failKilled(tool: string, signal: NodeJS.Signals, output: string): AmletError {
  const last = output.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const said = last === '' ? '' : `; the last it said: ${last}`
  const hint =
    signal === 'SIGKILL'
      ? 'is the memory of this machine enough? Submit the job again to build anew'
      : 'submit the job again to build anew'
  const message = `${tool} was ended by ${signal} before the packages were installed${said}`
  return failBuild(message, undefined, hint)
}

/** The complaint as one line, without frames, colours and the report of progress before it. */
function wordsOf(output: string): string {
  const lines = output
    .replaceAll(/\x1b\[[0-9;]*m/g, '')
    .split('\n')
    .map((line) => line.replace(/^[\s×╰─▶│├┴·]+/u, '').trim())
    .filter((line) => line !== '' && !/^(Resolved|Prepared|Using|Creating|warning:)/i.test(line))
  const words = lines
    .map((line) => line.replace(/^(error|cause|Caused by):\s*/i, ''))
    .join(': ')
    .replaceAll('::', ':')
  return words.length > 1500 ? `${words.slice(0, 1500)} …` : words.replace(/\.$/, '')
}

const BLAME =
  /(?:no versions? of|distribution found for|satisfies the requirement|nothing provides(?: requested)?|not found[^.]*?|failed to (?:build|download|fetch)|only)[\s`'"]*$/i

/** The lines whose package the complaint names, those it blames outright first. */
function guiltyLines(words: string, lines: readonly PlannedLine[]): readonly PlannedLine[] {
  const text = words.toLowerCase().replaceAll(/[_.](?=[a-z])/g, '-')
  const ranked = lines.flatMap((line) => {
    const name = requirementName(line.value) ?? requirementName(line.conda)
    if (name === undefined) return []
    const pattern = new RegExp(`(?<![a-z0-9-])${name.replaceAll('-', '[-_.]')}(?![a-z0-9-])`, 'g')
    const places = [...text.matchAll(pattern)].map(({ index }) => index)
    const [first] = places
    if (first === undefined) return []
    const isBlamed = places.some((place) => {
      const after = text.slice(place + name.length, place + name.length + 40)
      return BLAME.test(text.slice(0, place)) || /^[`'" ]*(?:was|were) not found/.test(after)
    })
    return [{ line, rank: isBlamed ? first : first + text.length }]
  })
  return ranked.sort((a, b) => a.rank - b.rank).map(({ line }) => line)
}
