import type { Migration } from '../migrate.ts'

/** Schedules and every time at which one was due. */
export const SCHEDULES_MIGRATION: Migration = {
  id: '0004-schedules',
  sql: `
create table schedule (
  name text primary key,
  entity text not null,
  is_enabled integer not null,
  next_ms integer,
  created_ms integer not null,
  modified_ms integer not null,
  created_by text not null
) strict, without rowid;
create index schedule_next on schedule (next_ms) where is_enabled = 1 and next_ms is not null;

create table schedule_fire (
  schedule text not null references schedule (name) on delete cascade,
  due_ms integer not null,
  state text not null,
  job text,
  message text,
  primary key (schedule, due_ms)
) strict, without rowid;
`,
}
