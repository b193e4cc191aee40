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
    text = atob(token)
  } catch {
    throw invalid('Invalid page token, could not base64-decode')
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalid(`Invalid page token, decoded value=b'${text}'`)
  }
  const offset = (parsed as { offset?: unknown } | null)?.offset
  if (!Number.isSafeInteger(offset) || Number(offset) < 0)
    throw invalid(`Invalid page token, parsed value=${JSON.stringify(parsed)}`)
  return Number(offset)
}
