const LONGEST_LINE = 500
/** Colours, titles, cursor movements. */
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g

/**
 * The last `count` lines of a log as they are to be read: of a progress bar what it showed last, without colours and
 * control characters, and cut where a line has no end.
 */
export function lastLines(text: string, count: number): string[] {
  return text.trimEnd().split('\n').slice(-count).map(readable)
}

function readable(line: string): string {
  const shown = line.split('\r').findLast((part) => part.trim() !== '') ?? ''
  const plain = shown.replace(ESCAPES, '').replace(CONTROLS, '\ufffd')
  return plain.length > LONGEST_LINE ? `${plain.slice(0, LONGEST_LINE)} …` : plain
}
