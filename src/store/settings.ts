import { randomUUID } from 'node:crypto'
import type { Db } from './db.ts'

/** Where ids of this home say that they live. Made up at first start, then kept. */
export interface WorkspaceIdentity {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly workspace: string
  /** GUID of the workspace, the middle part of an Asset ID. */
  readonly workspaceId: string
  readonly location: string
}

export function readSetting(db: Db, key: string): string | undefined {
  return db.get<{ value: string }>('select value from setting where key = :key', { key })?.value
}

export function writeSetting(db: Db, key: string, value: string): void {
  db.run(
    'insert into setting (key, value) values (:key, :value) on conflict (key) do update set value = :value',
    { key, value },
  )
}

/** The stored value, after storing `make()` when there was none. */
export function settingOr(db: Db, key: string, make: () => string): string {
  return (
    readSetting(db, key) ??
    db.transaction(() => {
      const value = readSetting(db, key) ?? make()
      writeSetting(db, key, value)
      return value
    })
  )
}

/** The identity of this home's workspace; its two GUIDs are made at the first call. */
export function workspaceIdentity(db: Db): WorkspaceIdentity {
  const isMade = readSetting(db, 'location') !== undefined
  return isMade ? identityOf(db) : db.transaction(() => identityOf(db))
}

function identityOf(db: Db): WorkspaceIdentity {
  return {
    subscriptionId: settingOr(db, 'subscription_id', randomUUID),
    resourceGroup: settingOr(db, 'resource_group', () => 'amlet'),
    workspace: settingOr(db, 'workspace', () => 'default'),
    workspaceId: settingOr(db, 'workspace_id', randomUUID),
    location: settingOr(db, 'location', () => 'local'),
  }
}
