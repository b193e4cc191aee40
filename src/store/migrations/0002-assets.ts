import type { Migration } from '../migrate.ts'

/**
 * Assets. `asset` is the container (a name), `asset_version` its immutable versions; `registry` is '' for the
 * workspace. A deleted version keeps its row, so that its number is never given again.
 */
export const ASSETS_MIGRATION: Migration = {
  id: '0002-assets',
  sql: `
create table registry (
  name text primary key,
  created_ms integer not null,
  description text,
  tags text not null default '{}'
) strict;

create table asset (
  registry text not null,
  kind text not null,
  name text not null,
  next_version integer not null default 1,
  archived integer not null default 0,
  anonymous integer not null default 0,
  created_ms integer not null,
  modified_ms integer not null,
  created_by text not null,
  description text,
  tags text not null default '{}',
  properties text not null default '{}',
  primary key (registry, kind, name)
) strict, without rowid;

create table asset_version (
  id integer primary key,
  registry text not null,
  kind text not null,
  name text not null,
  version text not null,
  created_ms integer not null,
  modified_ms integer not null,
  created_by text not null,
  type text not null,
  uri text,
  content text not null,
  entity text not null,
  facts text not null default '{}',
  description text,
  tags text not null default '{}',
  properties text not null default '{}',
  stage text,
  archived integer not null default 0,
  deleted_ms integer,
  job text,
  output text,
  unique (registry, kind, name, version)
) strict;
create index asset_version_by_job on asset_version (job) where job is not null;
create index asset_version_by_uri on asset_version (uri) where uri is not null;

create table asset_label (
  registry text not null,
  kind text not null,
  name text not null,
  label text not null,
  version text not null,
  primary key (registry, kind, name, label)
) strict, without rowid;

create table asset_use (
  registry text not null,
  kind text not null,
  name text not null,
  version text not null,
  job text not null,
  input text not null,
  primary key (registry, kind, name, version, job, input)
) strict, without rowid;
create index asset_use_by_job on asset_use (job);

create table asset_fingerprint (
  version_id integer primary key references asset_version (id),
  entries blob not null
) strict;
`,
}
