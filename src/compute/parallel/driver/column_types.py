"""Types of a table's columns: guessed from their text as the package `mltable` does, or as an MLTable says."""

import re

from problems import JobFailed

TRUE, FALSE = {"true", "t", "1"}, {"false", "f", "0"}
SAMPLE = 1000
NUMBER = re.compile(r"\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|nan)\s*$", re.IGNORECASE)
CLOCK = r"([ T]\d\d?:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$"
DATES = (
    (re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?" + CLOCK), None),
    (re.compile(r"\d\d?/\d\d?/\d{4}" + CLOCK), "%m/%d/%Y"),
    (re.compile(r"\d\d?/\d\d?/\d\d" + CLOCK), "%m/%d/%y"),
)


def infer(column):
    """Truth values, whole numbers, numbers, dates, else text: the first that every value is."""
    import pandas

    distinct = pandas.Series(column.dropna().unique())
    if distinct.empty:
        return column
    # A sample says what it may be; whether all are is for the conversion to find out.
    texts = distinct.head(SAMPLE).tolist()
    if len(distinct) < SAMPLE and all(text.strip().lower() in TRUE | FALSE for text in texts):
        return as_truth(column, {text: text.strip().lower() in TRUE for text in texts})
    if all(map(NUMBER.match, texts)):
        return numbers(column)
    for pattern, kind in DATES:
        if all(map(pattern.match, texts)):
            return dates(column, distinct, kind)
    return column


def numbers(column):
    import pandas

    try:
        found = pandas.to_numeric(column)
    except (ValueError, TypeError):
        return column
    return found if found.dtype == "int64" else found.astype(float)


def as_truth(column, known):
    truth = column.map(known)
    return truth.astype(bool) if not column.isna().any() else truth.astype(object).where(column.notna(), None)


def dates(column, distinct, kind):
    """Without a time zone: what has one is turned to UTC."""
    import pandas

    try:
        if kind is None:
            moments = pandas.to_datetime(distinct.str.replace("/", "-"), utc=True, format="ISO8601")
        else:
            days = distinct.str.split(r"[ T]", n=1, regex=True).str
            moments = pandas.to_datetime(days[0], format=kind, utc=True)
            if (days.len() > 1).any():
                moments = moments + pandas.to_timedelta(days[1].fillna("00:00:00"))
    except ValueError:
        return column
    return column.map(dict(zip(distinct, moments.dt.tz_localize(None)))).astype("datetime64[ns]")


def convert(frame, columns, kind):
    """`int`, `{boolean: {true_values: …}}`, `{datetime: {formats: …}}` and so on, as the MLTable has it."""
    name, options = (kind, {}) if isinstance(kind, str) else next(iter(kind.items()))
    if name not in CONVERSIONS:
        raise JobFailed("the column type %r cannot be done here; these can: %s" % (name, ", ".join(CONVERSIONS)))
    frame = frame.copy()
    for column in columns:
        frame[column] = CONVERSIONS[name](frame[column], options or {})
    return frame


def to_int(column, _options):
    return column.astype("int64") if not column.isna().any() else column.astype(float)


def to_float(column, _options):
    return column.astype(float)


def to_text(column, _options):
    """A number that is whole is written so, though missing values made the column one of fractions."""
    return column.map(lambda value: str(int(value)) if isinstance(value, float) and value.is_integer() else str(value), na_action="ignore")


def to_boolean(column, options):
    known = {str(value): True for value in options.get("true_values") or ["true", "True", "1"]}
    known.update({str(value): False for value in options.get("false_values") or ["false", "False", "0"]})
    mismatch = options.get("mismatch_as", "error")
    others = [value for value in column.dropna().astype(str).unique() if value not in known]
    if others and mismatch == "error":
        raise JobFailed("%r in the column %r is no truth value of the MLTable" % (others[0], column.name))
    known.update({value: mismatch == "true" for value in others})
    return as_truth(column.map(str, na_action="ignore"), known)


def to_dates(column, options):
    import pandas

    formats = options.get("formats") or []
    formats = [formats] if isinstance(formats, str) else formats
    texts = column.map(str, na_action="ignore")
    found = pandas.Series(pandas.NaT, index=column.index, dtype="datetime64[ns]")
    for one in formats:
        found = found.fillna(pandas.to_datetime(texts, format=one, errors="coerce"))
    return found


CONVERSIONS = {"int": to_int, "float": to_float, "string": to_text, "boolean": to_boolean, "datetime": to_dates}
