"""Divides the input into mini-batches. The division is stored, so that a second start has the same one."""

import glob
import json
import os

from problems import JobFailed


def plan_batches(plan):
    """A list of mini-batches: `{"files": [...]}`, or a part of a table (`{"table": ..., "items": n}`)."""
    path = plan["batches_path"]
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    if not os.path.exists(plan["input"]["path"]):
        raise JobFailed("input %r is not there: %s" % (plan["input"]["name"], plan["input"]["path"]))
    batches = divide(plan)
    if not batches:
        what = "the table has no row" if (plan.get("table") or {}).get("tabular") else "%s holds no file" % plan["input"]["path"]
        raise JobFailed("input %r has nothing to score: %s" % (plan["input"]["name"], what))
    write_batches(path, batches)
    return batches


def write_batches(path, batches):
    with open(path + ".partial", "w", encoding="utf-8") as file:
        json.dump(batches, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".partial", path)


def divide(plan):
    table = plan.get("table")
    if table and table.get("tabular"):
        from tables import divide_table

        return divide_table(plan)
    files = table_files(table, plan["input"]["path"]) if table else list_files(plan["input"]["path"])
    if plan.get("partition_keys"):
        print("partition_keys need a table: %r is made of files, so each file is one mini-batch" % plan["input"]["name"])
        return [{"files": [file], "items": 1} for file in files]
    return divide_files(files, plan["mini_batch"])


def list_files(root):
    """All files below `root` in a fixed order, or `root` itself when it is a file. Links are followed, once."""
    if os.path.isfile(root):
        return [root]
    found = []
    seen = set()
    folders = [root]
    while folders:
        folder = folders.pop()
        facts = os.stat(folder)
        if (facts.st_dev, facts.st_ino) in seen:
            continue
        seen.add((facts.st_dev, facts.st_ino))
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
        found.extend(entry.path for entry in inside if is_kind(entry, "is_file"))
        folders.extend(entry.path for entry in reversed(inside) if is_kind(entry, "is_dir"))
    return found


def is_kind(entry, kind):
    """A link to nowhere, or to itself, is neither a file nor a folder."""
    try:
        return getattr(entry, kind)()
    except OSError:
        return False


def divide_files(files, size):
    if "bytes" in size:
        return divide_by_bytes(files, size["bytes"])
    count = size["count"]
    parts = [files[start : start + count] for start in range(0, len(files), count)]
    return [{"files": part, "items": len(part)} for part in parts]


def divide_by_bytes(files, limit):
    """Files in order, as many as fit; a file larger than the limit is a mini-batch of its own."""
    batches = []
    current, weight = [], 0
    for file in files:
        size = os.path.getsize(file)
        if current and weight + size > limit:
            batches.append({"files": current, "items": len(current)})
            current, weight = [], 0
        current.append(file)
        weight += size
    if current:
        batches.append({"files": current, "items": len(current)})
    return batches


def table_files(table, root):
    """The files that an MLTable names, in its order."""
    found = []
    for entry in table.get("paths") or []:
        ((_, path),) = entry.items()
        if "://" in path and not path.startswith("file://"):
            raise JobFailed("the MLTable names %s; only files on this machine can be read" % path)
        if "file" in entry:
            found.append(inside(root, entry["file"]))
        elif "folder" in entry:
            found.extend(path for path in list_files(inside(root, entry["folder"])) if path != os.path.join(root, "MLTable"))
        elif "pattern" in entry:
            pattern = inside(glob.escape(root), entry["pattern"])
            found.extend(sorted(path for path in glob.glob(pattern, recursive=True) if os.path.isfile(path)))
    missing = [path for path in found if not os.path.exists(path)]
    if missing:
        raise JobFailed("the MLTable names a file that is not there: %s" % missing[0])
    return found


def inside(root, path):
    for scheme in ("file://", "./"):
        if path.startswith(scheme):
            path = path[len(scheme) :]
    return os.path.normpath(path if os.path.isabs(path) else os.path.join(root, path))
