import { invalid } from './errors.ts'

/** The token of a page that starts at `offset`: base64 of `{"offset": N}`, as mlflow makes it. */
export function pageToken(offset: number): string {
  return btoa(`{"offset": ${offset}}`)
}

/** The offset that a token stands for; 0 without one. */
export function readPageToken(token: string | undefined): number {
  if (token === undefined || token === '') return 0
  let text: string
  try {
    if (token.length % 4 !== 0) throw new Error('padding is missing')
    text = atob(token)
  } catch {
    throw invalid('Invalid page token, could not base64-decode')
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalid(`Invalid page token, decoded value=b'${asBytes(text)}'`)
  }
  const offset = (parsed as { offset?: unknown } | null)?.offset
  if (!Number.isSafeInteger(offset) || Number(offset) < 0)
    throw invalid(`Invalid page token, parsed value=${JSON.stringify(parsed)}`)
  return Number(offset)
}

/** As Python shows bytes. */
function asBytes(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
