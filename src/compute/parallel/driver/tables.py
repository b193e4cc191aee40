"""Tables: an MLTable's files read with pandas, divided by rows, by size or by key."""

import functools
import os
import random
import re

from batches import table_files
from problems import JobFailed

READERS = ("read_delimited", "read_parquet", "read_json_lines")


def pandas():
    try:
        import pandas as module
    except ImportError:
        raise JobFailed("a table needs pandas in the job's environment; add pandas to its conda file") from None
    return module


def divide_table(plan):
    frame = load_table(plan["plan_path"], plan)
    keys = plan.get("partition_keys")
    if keys:
        missing = [key for key in keys if key not in frame.columns]
        if missing:
            raise JobFailed("partition key %r is no column of the table; it has %s" % (missing[0], ", ".join(map(str, frame.columns))))
        groups = frame.groupby(list(keys), sort=True, dropna=False).indices
        return [{"table": {"rows": [int(row) for row in rows]}, "items": len(rows)} for rows in groups.values()]
    count = rows_per_batch(plan, frame)
    starts = range(0, len(frame), count)
    return [{"table": {"from": start, "to": min(start + count, len(frame))}, "items": min(count, len(frame) - start)} for start in starts]


def rows_per_batch(plan, frame):
    size = plan["mini_batch"]
    if "count" in size:
        return size["count"]
    total = sum(os.path.getsize(path) for path in table_files(plan["table"], plan["input"]["path"]))
    return max(1, int(size["bytes"] * len(frame) / max(1, total)))


def load_part(plan, part):
    frame = load_table(plan["plan_path"], plan)
    rows = frame.iloc[part["rows"]] if "rows" in part else frame.iloc[part["from"] : part["to"]]
    return rows.reset_index(drop=True)


_loaded = {}


def load_table(key, plan):
    """The whole table, once a process."""
    if key not in _loaded:
        _loaded[key] = read_table(plan)
    return _loaded[key]


def read_table(plan):
    table, root = plan["table"], plan["input"]["path"]
    steps = [single(step) for step in table.get("transformations") or []]
    reader = next(((name, options) for name, options in steps if name in READERS), None)
    if reader is None:
        raise JobFailed("the MLTable has none of %s among its transformations" % ", ".join(READERS))
    files = table_files(table, root)
    if not files:
        raise JobFailed("the MLTable names no file")
    frames = [read_file(path, *reader, root=root, steps=steps) for path in files]
    frame = pandas().concat(frames, ignore_index=True)
    for name, options in steps:
        frame = transform(frame, name, options)
    return frame.reset_index(drop=True)


def single(step):
    if isinstance(step, str):
        return step, {}
    ((name, options),) = step.items()
    return name, options if options is not None else {}


def read_file(path, name, options, root, steps):
    module = pandas()
    if name == "read_parquet":
        frame = module.read_parquet(path)
    elif name == "read_json_lines":
        frame = module.read_json(path, lines=True, encoding=encoding_of(options))
    else:
        frame = read_delimited(path, options)
    if options.get("include_path_column"):
        frame.insert(0, "Path", path)
    pattern = next((o for n, o in steps if n == "extract_columns_from_partition_format"), None)
    if pattern:
        frame = with_partition_columns(frame, path, root, pattern)
    return frame


def read_delimited(path, options):
    header = options.get("header", "all_files_same_headers")
    return pandas().read_csv(
        path,
        sep=options.get("delimiter", ","),
        header=None if header == "no_header" else 0,
        encoding=encoding_of(options),
        dtype=None if options.get("infer_column_types", True) else str,
        keep_default_na=not options.get("empty_as_string", False),
    )


def encoding_of(options):
    return {"utf8": "utf-8", "iso88591": "latin-1", "latin1": "latin-1", "utf16": "utf-16", "windows1252": "cp1252"}.get(
        str(options.get("encoding", "utf8")).lower(), options.get("encoding", "utf-8")
    )


def with_partition_columns(frame, path, root, options):
    text = options.get("partition_format", "") if isinstance(options, dict) else str(options)
    names = re.findall(r"\{([A-Za-z_]\w*)[^}]*\}", text)
    expression = re.sub(r"\\\{([A-Za-z_]\w*)[^}]*\\\}", r"([^/]+)", re.escape(text)).replace(r"\*", "[^/]*")
    match = re.search(expression, os.path.relpath(path, root))
    for name, value in zip(names, match.groups() if match else ()):
        frame[name] = value
    return frame


def transform(frame, name, options):
    if name == "keep_columns":
        return frame[as_list(options)]
    if name == "drop_columns":
        return frame.drop(columns=as_list(options))
    if name == "skip":
        return frame.iloc[int(value_of(options, "count")) :]
    if name == "take":
        return frame.iloc[: int(value_of(options, "count"))]
    if name == "take_random_sample":
        draw = random.Random(options.get("seed"))
        return frame[[draw.random() < options["probability"] for _ in range(len(frame))]]
    if name == "filter":
        return keep_rows(frame, value_of(options, "expression"))
    if name == "convert_column_types":
        return functools.reduce(convert, options if isinstance(options, list) else [options], frame)
    return frame


def value_of(options, key):
    return options[key] if isinstance(options, dict) else options


def as_list(options):
    columns = value_of(options, "columns") if isinstance(options, dict) else options
    return [columns] if isinstance(columns, str) else list(columns)


def keep_rows(frame, expression):
    """`col("x") > 1` with `and`, `or`, `not`: each column name becomes a quoted one of pandas' own query."""
    query = re.sub(r"""col\(\s*(['"])(.+?)\1\s*\)""", r"`\2`", expression)
    return frame.query(query, engine="python")


TYPES = {"int": "Int64", "float": "float64", "string": "string", "boolean": "boolean"}


def convert(frame, step):
    frame = frame.copy()
    kind = step["column_type"]
    kind, options = (kind, {}) if isinstance(kind, str) else next(iter(kind.items()))
    for column in as_list(step):
        if kind == "datetime":
            formats = options.get("formats") or [None]
            frame[column] = pandas().to_datetime(frame[column], format=formats[0], errors="coerce")
        elif kind == "boolean" and options.get("true_values"):
            frame[column] = frame[column].astype(str).isin([str(value) for value in options["true_values"]])
        elif kind in TYPES:
            frame[column] = frame[column].astype(TYPES[kind])
    return frame
