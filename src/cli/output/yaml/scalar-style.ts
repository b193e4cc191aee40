import { resolvePlain } from '../../../core/yaml/scalar.ts'

export type ScalarStyle = 'plain' | 'single' | 'double'

interface Analysis {
  readonly isMultiline: boolean
  readonly allowsPlain: boolean
  readonly allowsSingle: boolean
}

/** How PyYAML writes a text in a block: plain where it can, in single quotes where it must, in double ones at last. */
export function styleOf(text: string, isKey: boolean): ScalarStyle {
  const { isMultiline, allowsPlain, allowsSingle } = analyze(text)
  const isHardKey = isKey && (text === '' || isMultiline)
  if (allowsPlain && !isHardKey && isPlainText(text)) return 'plain'
  return allowsSingle && !(isKey && isMultiline) ? 'single' : 'double'
}

/** True for a text that may stand before `: ` in one line. */
export function isSimpleKey(text: string): boolean {
  // 5 is what PyYAML counts for the tag `!!str` that it does not write.
  return text !== '' && [...text].length + 5 < 128 && !analyze(text).isMultiline
}

/** Read back without quotes it would still be this text. */
function isPlainText(text: string): boolean {
  return text !== '<<' && text !== '=' && resolvePlain(text).type === 'str'
}

const BREAK = '[\\n\\x85\\u2028\\u2029]'
const SPACE_OR_END = '(?=[\\0 \\t\\r\\n\\x85\\u2028\\u2029]|$)'
const BREAKS = new RegExp(BREAK)
const ENDS_IN_SPACE = new RegExp(`^(?: |${BREAK})|(?: |${BREAK})$`)
const BREAK_SPACE = new RegExp(`${BREAK} `)
const SPACE_BREAK = new RegExp(` ${BREAK}`)
/** What would be read as something else than text: at the start, or anywhere within. */
const INDICATOR = new RegExp(
  `^(?:---|\\.\\.\\.|[#,[\\]{}&*!|>'"%@\`]|[?:-]${SPACE_OR_END})|:${SPACE_OR_END}|[\\0 \\t\\r\\n\\x85\\u2028\\u2029]#`,
)
/** Characters that only double quotes can hold. */
const SPECIAL = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10fffe}]/u

function analyze(text: string): Analysis {
  const isMultiline = BREAKS.test(text)
  const isSpecial = SPECIAL.test(text) || SPACE_BREAK.test(text)
  const allowsSingle = !isSpecial && !BREAK_SPACE.test(text)
  const isBare = !isMultiline && !ENDS_IN_SPACE.test(text) && !INDICATOR.test(text)
  return { isMultiline, allowsSingle, allowsPlain: allowsSingle && isBare }
}
