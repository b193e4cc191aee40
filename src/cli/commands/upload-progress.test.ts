import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressText } from './upload-progress.ts'

test('what has been read is told as a share, in files and in bytes', () => {
  const of = { total_files: 20_000, total_bytes: 2_500_000_000 }
  assert.equal(
    progressText({ files: 1_234, bytes: 612_000_000, ...of }),
    'Uploading: 24 % (1,234 of 20,000 files, 0.6 of 2.5 GB)',
  )
  assert.equal(
    progressText({ files: 0, bytes: 0, total_files: 1, total_bytes: 0 }),
    'Uploading: 0 % (0 of 1 file, 0.0 of 0.0 MB)',
  )
})
