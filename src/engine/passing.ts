import { AmletError } from '../core/errors.ts'

/** Whether the same work may succeed later: the disk is full, or somebody holds the database. */
export function isPassing(error: unknown): boolean {
  if (error instanceof AmletError) return false
  const { code, errcode } = error as { code?: string; errcode?: number }
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO') return true
  const primary = (errcode ?? 0) & 0xff
  return code === 'ERR_SQLITE_ERROR' && PASSING_SQLITE.has(primary)
}

/** SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN. */
const PASSING_SQLITE = new Set([5, 6, 10, 13, 14])
