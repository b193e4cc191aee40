import type { Columns, Outcome, Row } from '../output/outcome.ts'

const LATEST: Columns[number] = ['latest version', (row) => row['latest_version'] ?? row['version']]
const NAME: Columns[number] = ['name', (row) => row['name']]
const VERSION: Columns[number] = ['version', (row) => row['version']]
const PATH: Columns[number] = ['path', (row) => row['path']]

/** What a list shows: for some kinds a table's columns, for others az makes every format shorter. */
export function assetListOutcome(kind: string, rows: readonly Row[], isOneName: boolean): Outcome {
  switch (kind) {
    case 'environment':
      return { value: rows.map((row) => shortEnvironment(row, isOneName)) }
    case 'model':
      return {
        value: rows.map((row) => shortModel(row, isOneName)),
        table: modelColumns(isOneName),
      }
    case 'component':
      return {
        value: rows.map((row) => withLatest(row, isOneName)),
        table: isOneName
          ? [NAME, VERSION, ['Component type', (row) => row['type']]]
          : [NAME, LATEST],
      }
    default:
      return {
        value: rows.map((row) => withLatest(row, isOneName)),
        table: isOneName
          ? [NAME, VERSION, ['data type', (row) => row['type']], PATH]
          : [NAME, LATEST],
      }
  }
}

/** Lists of containers carry the key with a blank that people query: `[]."latest version"`. */
function withLatest(row: Row, isOneName: boolean): Row {
  if (isOneName) return row
  return { ...row, 'latest version': row['latest_version'] ?? row['version'] }
}

function shortEnvironment(row: Row, isOneName: boolean): Row {
  const { name, version, latest_version: latest = version } = row
  return isOneName ? { name, version } : { name, 'latest version': latest }
}

function shortModel(row: Row, isOneName: boolean): Row {
  const { name, tags, stage, id, properties, description, creation_context } = row
  const { version, latest_version: latest = version, type, path } = row
  const shared = { name, tags, stage, id, properties, description, creation_context }
  return isOneName
    ? { ...shared, version, 'model type': type, path }
    : { ...shared, 'latest version': latest }
}

function modelColumns(isOneName: boolean): Columns {
  const type: Columns[number] = ['model type', (row) => row['model type']]
  return isOneName ? [NAME, VERSION, type, PATH] : [NAME, ['latest version', latestOf]]
}

function latestOf(row: Row): unknown {
  return row['latest version']
}
