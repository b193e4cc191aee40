import type { Run } from '../grammar/command.ts'
import { examine, type Finding } from './doctor-checks.ts'

const MARKS = { ok: 'ok', warning: 'note', problem: 'PROBLEM' } as const

/** `doctor`: what there is, what is missing and what to do. Exit code 1 when something is broken. */
export const runDoctor: Run = async (context, args) => {
  const findings = await examine(context)
  const exitCode = findings.some(({ state }) => state === 'problem') ? 1 : 0
  if (args.isOn('json') || context.hasChosenOutput) return { value: findings, exitCode }
  return { text: page(findings), exitCode }
}

function page(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length))
  const lines = findings.map(({ what, state, detail, hint }) => {
    const line = `${MARKS[state].padEnd(8)} ${what.padEnd(width)}  ${detail}`
    return hint === undefined ? line : `${line}\n${' '.repeat(width + 11)}${hint}`
  })
  return `${lines.join('\n')}\n`
}
