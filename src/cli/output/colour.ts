const KEY = '\u001b[34m'
const TEXT = '\u001b[32m'
const WORD = '\u001b[36m'
const END = '\u001b[0m'

/** JSON text with keys, strings and other scalars in colour. */
export function colourJson(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\])*")(:?)|\b(true|false|null)\b|-?\b\d[\d.eE+-]*\b/g,
    (whole, quoted: string | undefined, colon: string | undefined) => {
      if (quoted === undefined) return `${WORD}${whole}${END}`
      return colon ? `${KEY}${quoted}${END}:` : `${TEXT}${quoted}${END}`
    },
  )
}

/** YAML text with its keys in colour. */
export function colourYaml(text: string): string {
  return text.replace(/^(\s*(?:- )*)([^\s:#][^:\n]*)(:)/gm, `$1${KEY}$2${END}$3`)
}
