import type { Migration } from '../migrate.ts'

/** Settings of this home, and the named places for bytes and for running. */
export const PLACES_MIGRATION: Migration = {
  id: '0003-places',
  sql: `
create table setting (
  key text primary key,
  value text not null
) strict, without rowid;

create table datastore (
  name text primary key,
  type text not null,
  entity text not null,
  credentials text,
  created_ms integer not null,
  modified_ms integer not null,
  created_by text not null
) strict, without rowid;

create table compute (
  name text primary key,
  type text not null,
  entity text not null,
  state text not null default 'Running',
  created_ms integer not null,
  modified_ms integer not null,
  created_by text not null
) strict, without rowid;
`,
}
