import type { Migration } from '../migrate.ts'

/**
 * Tables of metrics.db. Rows of runs carry small integers of their own, because ids are texts of up to 256
 * characters and a run may have millions of points. `experiment_no` is repeated where a search starts from a
 * value: an index that begins with it looks at one experiment only.
 */
export const TRACKING_MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-tracking',
    sql: `
      create table workspace (
        workspace_no integer primary key,
        name text not null unique
      ) strict;

      create table experiment (
        experiment_no integer primary key,
        workspace_no integer not null references workspace,
        experiment_id integer not null,
        name text not null,
        artifact_location text not null,
        lifecycle text not null,
        created_ms integer not null,
        updated_ms integer not null,
        unique (workspace_no, experiment_id),
        unique (workspace_no, name)
      ) strict;

      create table experiment_tag (
        experiment_no integer not null,
        key text not null,
        value text not null,
        primary key (experiment_no, key)
      ) strict, without rowid;

      create table run (
        run_no integer primary key,
        workspace_no integer not null,
        run_id text not null,
        experiment_no integer not null references experiment,
        run_name text not null,
        user_id text not null,
        status text not null,
        start_time integer,
        end_time integer,
        lifecycle text not null,
        deleted_ms integer,
        artifact_uri text not null,
        is_job integer not null default 0,
        unique (workspace_no, run_id)
      ) strict;
      create index run_by_start on run (experiment_no, lifecycle, start_time desc, run_id);

      create table metric_key (
        key_no integer primary key,
        key text not null unique
      ) strict;

      create table metric (
        run_no integer not null,
        key_no integer not null,
        timestamp integer not null,
        step integer not null,
        value real not null,
        is_nan integer not null,
        primary key (run_no, key_no, timestamp, step, value, is_nan)
      ) strict, without rowid;

      create table latest_metric (
        run_no integer not null,
        key_no integer not null,
        experiment_no integer not null,
        value real not null,
        timestamp integer not null,
        step integer not null,
        is_nan integer not null,
        primary key (run_no, key_no)
      ) strict, without rowid;
      create index latest_metric_by_value
        on latest_metric (experiment_no, key_no, is_nan, value, run_no);

      create table param (
        run_no integer not null,
        key text not null,
        value text not null,
        experiment_no integer not null,
        primary key (run_no, key)
      ) strict, without rowid;
      create index param_by_value on param (experiment_no, key, value, run_no);

      create table tag (
        run_no integer not null,
        key text not null,
        value text not null,
        experiment_no integer not null,
        primary key (run_no, key)
      ) strict, without rowid;
      create index tag_by_value on tag (experiment_no, key, value, run_no);

      create table dataset (
        dataset_no integer primary key,
        experiment_no integer not null,
        name text not null,
        digest text not null,
        source_type text not null,
        source text not null,
        schema text,
        profile text,
        unique (experiment_no, name, digest)
      ) strict;

      create table run_input (
        run_no integer not null,
        dataset_no integer not null references dataset,
        primary key (run_no, dataset_no)
      ) strict, without rowid;

      create table run_input_tag (
        run_no integer not null,
        dataset_no integer not null,
        key text not null,
        value text not null,
        primary key (run_no, dataset_no, key)
      ) strict, without rowid;

      create table model_input (
        run_no integer not null,
        model_id text not null,
        primary key (run_no, model_id)
      ) strict, without rowid;

      create table model_output (
        output_no integer primary key,
        run_no integer not null,
        model_id text not null,
        step integer not null
      ) strict;
      create index model_output_by_run on model_output (run_no);

      create table logged_model (
        model_no integer primary key,
        workspace_no integer not null,
        model_id text not null,
        experiment_no integer not null references experiment,
        name text not null,
        artifact_location text not null,
        created_ms integer not null,
        updated_ms integer not null,
        status text not null,
        model_type text,
        source_run_id text,
        lifecycle text not null,
        unique (workspace_no, model_id)
      ) strict;
      create index logged_model_by_created
        on logged_model (experiment_no, created_ms desc, model_id);

      create table logged_model_param (
        model_no integer not null,
        key text not null,
        value text not null,
        primary key (model_no, key)
      ) strict, without rowid;

      create table logged_model_tag (
        model_no integer not null,
        key text not null,
        value text not null,
        primary key (model_no, key)
      ) strict, without rowid;

      create table logged_model_metric (
        model_no integer not null,
        key text not null,
        timestamp integer not null,
        step integer not null,
        run_id text not null,
        value real not null,
        dataset_name text not null default '',
        dataset_digest text not null default '',
        primary key (model_no, key, timestamp, step, run_id, value, dataset_name, dataset_digest)
      ) strict, without rowid;

      create table progress (
        name text primary key,
        value integer not null
      ) strict;
    `,
  },
  {
    id: '0002-made-by',
    sql: `
      alter table run add column made_by text;
      alter table logged_model add column made_by text;
    `,
  },
  {
    // What searches look at while they walk the runs: without reading each run's row.
    id: '0003-walked-runs',
    sql: `
      drop index run_by_start;
      create index run_by_start on run
        (experiment_no, lifecycle, start_time desc, run_id, run_name, status);
    `,
  },
]
