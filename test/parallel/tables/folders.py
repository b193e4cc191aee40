"""A case as a folder, and a DataFrame as plain values."""

import io
import json
import os


def write_case(case, folder):
    for name, content in case["files"].items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(content, str):
            content = {"utf-8": content}
        ((kind, text),) = content.items()
        if kind == "parquet":
            import pandas

            pandas.read_csv(io.StringIO(text)).to_parquet(path)
        else:
            with open(path, "w", encoding=kind, newline="") as file:
                file.write(text)
    with open(os.path.join(folder, "MLTable"), "w", encoding="utf-8") as file:
        # JSON is YAML.
        json.dump(case["table"], file)


def plain(frame, folder):
    rows = [[value_of(value, folder) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"columns": [str(name) for name in frame.columns], "rows": rows}


def value_of(value, folder):
    import pandas

    if value is None or value is pandas.NaT or value is pandas.NA or value != value:
        return None
    if isinstance(value, pandas.Timestamp) or hasattr(value, "isoformat"):
        return {"date": value.isoformat()}
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, str):
        return value.replace(folder, "")
    return value
