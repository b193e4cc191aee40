"""The rows that an MLTable describes, as the package `mltable` reads them, with pandas.

What was found by running that package (1.7.0) is in `test/parallel/tables`.
"""

import datetime
import json
import os
import random
import re
import traceback

from batches import table_files
from column_types import convert, infer
from problems import JobFailed

READERS = {
    "read_delimited": {
        "delimiter",
        "header",
        "encoding",
        "infer_column_types",
        "empty_as_string",
        "include_path_column",
        "support_multi_line",
        "partition_size",
    },
    "read_parquet": {"include_path_column"},
    "read_json_lines": {"include_path_column", "invalid_lines", "encoding", "partition_size"},
}
PARTITION_FORMAT = "extract_columns_from_partition_format"


def pandas():
    try:
        import pandas as module
    except ImportError:
        raise JobFailed("a table needs pandas in the job's environment; add pandas to its conda file") from None
    return module


def read_table(plan):
    """One DataFrame of all files. Raises JobFailed, with the name of what cannot be done."""
    pandas()
    try:
        return read_steps(plan["table"], plan["input"]["path"])
    except JobFailed:
        raise
    except ImportError as problem:
        raise JobFailed("the table needs a package that the job's environment lacks: %s" % problem) from None
    except Exception as problem:  # noqa: BLE001 - the data's fault, told with the place
        raise JobFailed("the table could not be read: %s: %s" % (type(problem).__name__, problem), traceback.format_exc()) from None


def read_steps(table, root):
    steps = [single(step) for step in table.get("transformations") or []]
    for name, options in steps:
        refuse_unknown(name, options)
    at = next((i for i, (name, _) in enumerate(steps) if name in READERS), None)
    if at is None:
        raise JobFailed("the MLTable has none of %s among its transformations" % ", ".join(READERS))
    files = table_files(table, root)
    if not files:
        raise JobFailed("the MLTable names no file")
    reader, options = steps[at]
    frames = [READ[reader](path, options, number) for number, path in enumerate(files)]
    frame = pandas().concat(frames, ignore_index=True)
    if reader == "read_delimited":
        frame = with_types(frame, options)
    origins = [path for path, one in zip(files, frames) for _ in range(len(one))]
    if options.get("include_path_column"):
        frame.insert(0, "Path", origins)
    formats = [(i < at, of["partition_format"] if isinstance(of, dict) else of) for i, (name, of) in enumerate(steps) if name == PARTITION_FORMAT]
    for is_first, text in formats:
        frame = with_path_columns(frame, origins, text, is_first)
    for name, of in steps:
        frame = TRANSFORM[name](frame, of) if name in TRANSFORM else frame
    return frame.reset_index(drop=True)


def single(step):
    if isinstance(step, str):
        return step, {}
    ((name, options),) = step.items()
    return name, options if options is not None else {}


def refuse_unknown(name, options):
    if name not in READERS and name not in TRANSFORM and name != PARTITION_FORMAT:
        raise JobFailed("the MLTable's transformation %r cannot be done here; these can: %s" % (name, ", ".join([*READERS, PARTITION_FORMAT, *TRANSFORM])))
    for option in options if name in READERS else ():
        if option not in READERS[name]:
            raise JobFailed("the option %r of %s cannot be done here; these can: %s" % (option, name, ", ".join(sorted(READERS[name]))))


def read_delimited(path, options, number):
    header = options.get("header", "all_files_same_headers")
    frame = read_cells(path, options)
    if frame.empty:
        return frame
    width = len(frame.columns)
    if header != "no_header" and (number == 0 or header != "from_first_file"):
        names = ["" if name != name else str(name).strip() for name in frame.iloc[0]]
        frame = frame.iloc[1:]
    else:
        names = [] if header == "no_header" else read_delimited.names_of_first
    frame.columns = column_names(names, width)
    if number == 0:
        read_delimited.names_of_first = list(frame.columns)
    return frame


def read_cells(path, options):
    """All cells as text, the header among them. A row with more cells than those before widens the table."""
    errors = pandas().errors
    width = None
    while True:
        try:
            return pandas().read_csv(
                path,
                sep=options.get("delimiter", ","),
                header=None,
                names=width and range(width),
                encoding=encoding_of(options),
                dtype=str,
                keep_default_na=False,
                na_values=[] if options.get("empty_as_string") else [""],
            )
        except errors.EmptyDataError:
            return pandas().DataFrame()
        except errors.ParserError as problem:
            wider = re.search(r"Expected \d+ fields in line \d+, saw (\d+)", str(problem))
            if wider is None or (width or 0) >= int(wider[1]):
                raise
            width = int(wider[1])


def column_names(given, width):
    """What has no name is `Column3`; a name that comes again is `x_1`."""
    names = []
    for position in range(width):
        name = given[position] if position < len(given) and given[position] else "Column%d" % (position + 1)
        same = sum(1 for other in given[:position] if other == name)
        names.append("%s_%d" % (name, same) if same else name)
    return names


def with_types(frame, options):
    wanted = options.get("infer_column_types", True)
    if wanted is False:
        return frame
    overrides = wanted.get("column_type_overrides") or [] if isinstance(wanted, dict) else []
    fixed = {column for step in overrides for column in columns_of(frame, step["columns"])}
    for column in frame.columns:
        if column not in fixed:
            frame[column] = infer(frame[column])
    for step in overrides:
        frame = convert(frame, columns_of(frame, step["columns"]), step["column_type"])
    return frame


def read_parquet(path, _options, _number):
    return pandas().read_parquet(path)


def read_json_lines(path, options, _number):
    records = []
    with open(path, encoding=encoding_of(options)) as file:
        for number, line in enumerate(file, 1):
            try:
                if line.strip():
                    records.append(json.loads(line))
            except ValueError as problem:
                if options.get("invalid_lines", "error") != "drop":
                    raise JobFailed("line %d of %s is no JSON: %s" % (number, path, problem)) from None
    return pandas().DataFrame.from_records(records)


READ = {"read_delimited": read_delimited, "read_parquet": read_parquet, "read_json_lines": read_json_lines}
ENCODINGS = {"iso88591": "latin-1", "latin1": "latin-1", "windows1252": "cp1252", "utf16": "utf-16", "ascii": "ascii"}


def encoding_of(options):
    """UTF-8 with or without a mark, unless another one is named."""
    name = re.sub(r"[^a-z0-9]", "", str(options.get("encoding", "utf8")).lower())
    return ENCODINGS.get(name, "utf-8-sig")


def with_path_columns(frame, origins, text, is_first):
    """`/{store}/{when:yyyy/MM}/x.csv`: the parts of each file's path as columns."""
    names, expression = path_expression(text)
    values = {}
    for path in set(origins):
        match = expression.search(path)
        if match is None:
            raise JobFailed("the partition format %r does not fit the path %s" % (text, path))
        values[path] = [moment(kind, match.group(i + 1)) for i, (_, kind) in enumerate(names)]
    for position, (name, kind) in enumerate(names):
        column = pandas().Series([values[path][position] for path in origins], index=frame.index)
        column = column if kind else infer(column)
        frame = frame.drop(columns=[name], errors="ignore")
        frame.insert(position if is_first else len(frame.columns), name, column)
    return frame


def path_expression(text):
    names = []
    expression = ""
    for part in re.split(r"(\{[^}]*\})", text):
        if not part.startswith("{"):
            expression += re.escape(part[1:] if part.startswith("./") else part)
            continue
        name, _, kind = part[1:-1].partition(":")
        names.append((name, kind))
        expression += "(%s)" % (re.sub(r"[A-Za-z]+", lambda unit: r"\d{%d}" % len(unit[0]), kind) if kind else "[^/]+?")
    return names, re.compile(expression + "$")


UNITS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def moment(kind, value):
    if not kind:
        return value
    return datetime.datetime.strptime(value, re.sub("yyyy|MM|dd|HH|mm|ss", lambda unit: UNITS[unit[0]], kind))


def columns_of(frame, given):
    """A name, a list of names, or a pattern. Raises JobFailed for a column that the table has not."""
    if isinstance(given, dict):
        flags = re.IGNORECASE if given.get("ignore_case") else 0
        is_inverted = bool(given.get("invert"))
        return [name for name in frame.columns if bool(re.search(given["pattern"], str(name), flags)) != is_inverted]
    names = [given] if isinstance(given, str) else list(given)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise JobFailed("the MLTable names the column %r; the table has %s" % (missing[0], ", ".join(map(str, frame.columns))))
    return names


def keep_columns(frame, given):
    wanted = set(columns_of(frame, given))
    return frame[[name for name in frame.columns if name in wanted]]


def drop_columns(frame, given):
    return frame.drop(columns=columns_of(frame, given))


def keep_rows(frame, expression):
    """`col("x") > 1` with `and`, `or`, `not`: each column name becomes a quoted one of pandas' own query."""
    query = re.sub(r"""col\(\s*(['"])(.+?)\1\s*\)""", lambda found: "`%s`" % found[2], expression)
    for name in re.findall("`(.+?)`", query):
        columns_of(frame, name)
    try:
        return frame.query(query, engine="python")
    except Exception as problem:  # noqa: BLE001 - whatever pandas makes of it
        raise JobFailed("the filter %r cannot be done here: %s" % (expression, problem)) from None


def sample(frame, options):
    draw = random.Random(options.get("seed"))
    return frame[[draw.random() < options["probability"] for _ in range(len(frame))]]


def convert_columns(frame, steps):
    for step in steps if isinstance(steps, list) else [steps]:
        frame = convert(frame, columns_of(frame, step["columns"]), step["column_type"])
    return frame


TRANSFORM = {
    "keep_columns": keep_columns,
    "drop_columns": drop_columns,
    "skip": lambda frame, count: frame.iloc[int(count) :],
    "take": lambda frame, count: frame.iloc[: int(count)],
    "take_random_sample": sample,
    "filter": keep_rows,
    "convert_column_types": convert_columns,
}
