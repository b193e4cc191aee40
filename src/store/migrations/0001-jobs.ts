import type { Migration } from '../migrate.ts'

/** Jobs, what happened to them and what is still to be done about them. */
export const JOBS_MIGRATION: Migration = {
  id: '0001-jobs',
  sql: `
    create table job (
      name text primary key,
      parent text references job (name) on delete cascade,
      root text not null,
      step text not null,
      type text not null,
      position integer not null,
      status text not null,
      seq integer not null,
      change_id integer not null,
      reason text,
      since_ms integer not null,
      created_ms integer not null,
      started_ms integer,
      ended_ms integer,
      attempt text,
      attempts integer not null,
      losses integer not null,
      reused_from text,
      outputs text not null,
      error text,
      experiment text not null,
      display_name text not null,
      description text,
      compute text not null,
      tags text not null,
      properties text not null,
      archived integer not null default 0
    ) strict;
    create unique index job_change on job (change_id);
    create index job_parent on job (parent, position);
    create index job_root on job (root, position);
    create index job_top on job (created_ms desc, name) where parent is null;
    create index job_open on job (root) where ended_ms is null;

    create table plan_environment (
      digest text primary key,
      environment text not null
    ) strict;

    create table job_plan (
      job text primary key references job (name) on delete cascade,
      needs text not null,
      entity text not null,
      plan text not null
    ) strict;

    create table job_event (
      job text not null references job (name) on delete cascade,
      seq integer not null,
      schema integer not null,
      at_ms integer not null,
      type text not null,
      data text not null,
      primary key (job, seq)
    ) strict, without rowid;

    create table attempt (
      id text primary key,
      job text not null references job (name) on delete cascade,
      number integer not null,
      compute text not null,
      created_ms integer not null,
      started_ms integer,
      ended_ms integer,
      exit_code integer,
      signal text,
      end text
    ) strict, without rowid;
    create index attempt_job on attempt (job, number);
    create index attempt_open on attempt (id) where ended_ms is null;

    create table intent (
      attempt text not null,
      type text not null,
      job text not null references job (name) on delete cascade,
      primary key (attempt, type)
    ) strict, without rowid;

    create table reuse (
      key text primary key,
      job text not null references job (name) on delete cascade,
      at_ms integer not null
    ) strict, without rowid;
    create index reuse_job on reuse (job);

    create table reuse_part (
      job text primary key references job (name) on delete cascade,
      key text not null,
      parts text not null
    ) strict;

    create table controller_state (
      job text not null references job (name) on delete cascade,
      key text not null,
      value text not null,
      primary key (job, key)
    ) strict, without rowid;

    create table job_counter (change_id integer not null) strict;
    insert into job_counter values (0);
  `,
}
