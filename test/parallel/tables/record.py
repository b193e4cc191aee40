"""Records what the official reader (the package `mltable`) makes of the cases: `python record.py > reference.json`."""

import json
import sys
import tempfile
import warnings

from cases import CASES
from folders import plain, write_case

warnings.filterwarnings("ignore")


def main():
    from importlib.metadata import version

    import mltable

    found = {"made_with": {name: version(name) for name in ("mltable", "azureml-dataprep", "pandas")}, "cases": {}}
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            write_case(case, folder)
            try:
                found["cases"][case["name"]] = plain(mltable.load(folder).to_pandas_dataframe(), folder)
            except Exception as problem:
                found["cases"][case["name"]] = {"error": type(problem).__name__}
    print("{")
    print('"made_with": %s,' % json.dumps(found["made_with"]))
    print('"cases": {')
    print(",\n".join("%s: %s" % (json.dumps(name), json.dumps(value)) for name, value in found["cases"].items()))
    print("}}")


if __name__ == "__main__":
    sys.exit(main())
