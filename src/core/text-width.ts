/** Columns a terminal needs: two for the wide characters of East Asia and for emoji, none for marks. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The text, cut to so many columns; what is cut ends in `…`. */
export function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let shown = ''
  let width = 0
  for (const character of text) {
    width += characterWidth(character)
    if (width > columns - 1) break
    shown += character
  }
  return columns < 1 ? '' : `${shown}…`
}

/** The text, cut in its middle to so many columns: names that begin alike are told apart by their ends. */
export function clipMiddle(text: string, columns: number): string {
  if (widthOf(text) <= columns || columns < 4) return clip(text, columns)
  const front = Math.floor((columns - 1) / 2)
  const characters = Array.from(text)
  let end = ''
  while (characters.length > 0 && widthOf(`${characters.at(-1)}${end}`) < columns - front)
    end = `${characters.pop()}${end}`
  return clip(text, front + 1) + end
}

/** The text with blanks behind it, up to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

function characterWidth(character: string): number {
  if (/\p{Mark}|\p{Format}/u.test(character)) return 0
  return isWide(character.codePointAt(0) ?? 0) ? 2 : 1
}

/** First and last code points of the blocks that terminals draw two columns wide. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
] as const

function isWide(code: number): boolean {
  return WIDE.some(([first, last]) => code >= first && code <= last)
}
