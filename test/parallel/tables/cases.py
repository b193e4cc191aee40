"""Small tables, each a folder with an MLTable, that the official reader and the parallel driver are both given."""

PEOPLE = "name,age,score\nann,31,1.5\nbob,42,\ncid,,3.5\ndan,19,-2\n"
TYPED = "id,flag,when,text,price\n1,true,2024-01-05,007,1.0\n2,false,2024-02-29 13:30:00,008,2.25\n3,true,2023-12-31,,\n"


def delimited(**options):
    return {"read_delimited": options}


def case(name, files, *steps, paths=None):
    table = {"type": "mltable", "paths": paths or [{"file": "./" + name} for name in sorted(files)]}
    if steps:
        table["transformations"] = list(steps)
    return {"name": name, "files": files, "table": table}


CSV = {"a.csv": PEOPLE}
TWO = {"a.csv": "x,y\n1,2\n3,4\n", "b.csv": "x,y\n5,6\n"}
LINES = {"a.jsonl": '{"a": 1, "b": "x"}\n{"a": 2, "b": null, "c": 2.5}\n'}
PARTS = {"Store=1/b=x/p.csv": "v\n1\n2\n", "Store=2/b=y/p.csv": "v\n3\n"}
PATTERN = [{"pattern": "./**/*.csv"}]

CASES = [
    case("read_delimited as it stands", CSV, "read_delimited"),
    case("a comma, header in every file", TWO, delimited(delimiter=",", header="all_files_same_headers")),
    case("header only in the first file", {"a.csv": "x,y\n1,2\n", "b.csv": "3,4\n"}, delimited(header="from_first_file")),
    case("headers that differ", {"a.csv": "x,y\n1,2\n", "b.csv": "y,z\n3,4\n"}, delimited(header="all_files_different_headers")),
    case("no header", {"a.csv": "1,2\n3,4\n"}, delimited(header="no_header")),
    case("tabs", {"a.tsv": "x\ty\n1\ta b\n"}, delimited(delimiter="\t")),
    case("semicolons and quotes", {"a.csv": 'x;y\n"a;b";1\n"say ""hi""";2\n'}, delimited(delimiter=";")),
    case("types not inferred", {"a.csv": TYPED}, delimited(infer_column_types=False)),
    case("types inferred", {"a.csv": TYPED}, delimited(infer_column_types=True)),
    case("empty cells as text", CSV, delimited(empty_as_string=True)),
    case("empty cells as text, types not inferred", CSV, delimited(empty_as_string=True, infer_column_types=False)),
    case("text that pandas would take for missing", {"a.csv": "x,y\nNA,1\nnull,2\nNone,3\nnan,4\n"}, delimited()),
    case("line breaks in quotes", {"a.csv": 'x,y\n"two\nlines",1\n'}, delimited(support_multi_line=True)),
    case("latin-1", {"a.csv": {"latin-1": "x,y\nmünchen,1\n"}}, delimited(encoding="latin1")),
    case("utf-16", {"a.csv": {"utf-16": "x,y\nmünchen,1\n"}}, delimited(encoding="utf16")),
    case("a byte order mark", {"a.csv": {"utf-8-sig": "x,y\n1,2\n"}}, delimited()),
    case("yes and no and true", {"a.csv": "x,y,z\nyes,true,1\nno,false,0\n"}, delimited()),
    case("blank lines", {"a.csv": "x,y\n1,2\n\n3,4\n"}, delimited()),
    case("leading zeros and plus signs", {"a.csv": "x,y\n007,+1\n010,+2\n"}, delimited()),
    case("large numbers", {"a.csv": "x,y\n9007199254740993,1e300\n12,5\n"}, delimited()),
    case("overrides of inferred types", {"a.csv": TYPED}, delimited(infer_column_types={"sample_size": 10, "column_type_overrides": [{"columns": "text", "column_type": "string"}]})),
    case("json lines", LINES, "read_json_lines"),
    case("json lines, the bad ones dropped", {"a.jsonl": '{"a": 1}\n{"a": \n{"a": 3}\n'}, {"read_json_lines": {"invalid_lines": "drop"}}),
    case("json lines, a bad one", {"a.jsonl": '{"a": 1}\n{"a": \n'}, {"read_json_lines": {"invalid_lines": "error"}}),
    case("parquet", {"a.parquet": {"parquet": PEOPLE}}, "read_parquet"),
    case("a folder", TWO, delimited(), paths=[{"folder": "./"}]),
    case("a pattern", TWO, delimited(), paths=[{"pattern": "./*.csv"}]),
    case("a pattern over folders", PARTS, delimited(), paths=PATTERN),
    case("columns from the path", PARTS, {"extract_columns_from_partition_format": {"partition_format": "/Store={store}/b={brand}/{rest}.csv"}}, delimited(), paths=PATTERN),
    case("a format that does not fit the path", PARTS, {"extract_columns_from_partition_format": {"partition_format": "/{when:yyyy}/p.csv"}}, delimited(), paths=PATTERN),
    case("a date from the path", {"2024/01/05/p.csv": "v\n1\n"}, {"extract_columns_from_partition_format": {"partition_format": "/{when:yyyy/MM/dd}/p.csv"}}, delimited(), paths=PATTERN),
    case("keep columns", CSV, delimited(), {"keep_columns": ["score", "name"]}),
    case("keep one column", CSV, delimited(), {"keep_columns": "age"}),
    case("drop columns", CSV, delimited(), {"drop_columns": ["age"]}),
    case("drop columns by a pattern", CSV, delimited(), {"drop_columns": {"pattern": "^a"}}),
    case("take", CSV, delimited(), {"take": 2}),
    case("skip", CSV, delimited(), {"skip": 3}),
    case("skip and take, in their order", CSV, delimited(), {"skip": 1}, {"take": 2}),
    case("filter", CSV, delimited(), {"filter": 'col("age") > 30'}),
    case("filter with and, or, not", CSV, delimited(), {"filter": '(col("age") > 20 and col("score") > 1) or not (col("name") == "dan")'}),
    case("filter by text", CSV, delimited(), {"filter": 'col("name") != "bob"'}),
    case("to text", CSV, delimited(), {"convert_column_types": [{"columns": "age", "column_type": "string"}]}),
    case("to whole numbers", {"a.csv": "x,y\n1,a\n2,b\n"}, delimited(infer_column_types=False), {"convert_column_types": [{"columns": ["x"], "column_type": "int"}]}),
    case("to numbers", {"a.csv": "x,y\n1,a\n2.5,b\n"}, delimited(infer_column_types=False), {"convert_column_types": [{"columns": ["x"], "column_type": "float"}]}),
    case("to truth values", {"a.csv": "x\nja\nnein\n"}, delimited(), {"convert_column_types": [{"columns": "x", "column_type": {"boolean": {"true_values": ["ja"], "false_values": ["nein"]}}}]}),
    case("to truth values, another one false", {"a.csv": "x\nja\nvielleicht\n"}, delimited(), {"convert_column_types": [{"columns": "x", "column_type": {"boolean": {"true_values": ["ja"], "false_values": ["nein"], "mismatch_as": "false"}}}]}),
    case("to a date", {"a.csv": "x\n05.01.2024\n29.02.2024\n"}, delimited(infer_column_types=False), {"convert_column_types": [{"columns": "x", "column_type": {"datetime": {"formats": ["%d.%m.%Y"]}}}]}),
    case("to a date, two formats", {"a.csv": "x\n05.01.2024\n2024-02-29\n"}, delimited(infer_column_types=False), {"convert_column_types": [{"columns": "x", "column_type": {"datetime": {"formats": ["%d.%m.%Y", "%Y-%m-%d"]}}}]}),
    case("dates of several kinds", {"a.csv": "i,a,b,c,d\n5,2024/01/05,1/5/2024,12/31/99,2024-01-05T10:00:00+02:00\n6,2024/02/06,2/28/2024,01/01/00,2024-01-05T10:00:00Z\n"}, delimited()),
    case("numbers of several kinds", {"a.csv": "i,a,b,c,d,e\n5,1e5,.5,1.,inf,9223372036854775807\n6,2,2,2,-1,1\n"}, delimited()),
    case("truth values with missing ones", {"a.csv": "i,a,b\n5,T,1\n6,f,\n"}, delimited()),
    case("a column without any value", {"a.csv": "i,a\n5,\n6,\n"}, delimited()),
    case("an empty file beside others", {"a.csv": "x,y\n2,3\n", "b.csv": ""}, delimited()),
    case("the path as a column", TWO, delimited(include_path_column=True)),
    case("names in the header twice", {"a.csv": "x,x\n2,3\n"}, delimited()),
    case("fewer cells than columns", {"a.csv": "x,y\n2\n3,4\n"}, delimited()),
    case("more cells than columns", {"a.csv": "x,y\n2,3,4\n5,6\n"}, delimited()),
    case("blanks around cells", {"a.csv": "x, y\n 2, a \n 3, b\n"}, delimited()),
    case("a column that is not there", CSV, delimited(), {"keep_columns": ["nose"]}),
]
