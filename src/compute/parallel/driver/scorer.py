"""A scoring process: loads the entry script once, then scores the mini-batches that come in on a pipe."""

import faulthandler
import importlib.util
import inspect
import json
import os
import pickle
import signal
import sys
import traceback
from collections import namedtuple

OWN_PID = os.getpid()

# What run() may take besides its mini-batch: the number of that, and of a partition the value of each key.
MiniBatchContext = namedtuple("MiniBatchContext", ["minibatch_index", "partition_key_value"])


def send(pipe, message, payload=b""):
    message["bytes"] = len(payload)
    pipe.write(json.dumps(message).encode() + b"\n" + payload)
    pipe.flush()


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def load_script(path):
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    if folder != os.getcwd():
        sys.path.insert(1, os.getcwd())
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def function_of(module, name):
    """Lower case is what runs; some documents capitalise the names, so that is taken too."""
    for spelling in (name, name.capitalize()):
        found = getattr(module, spelling, None)
        if callable(found):
            return found
    return None


def to_rows(result):
    """The number of items that succeeded, and the rows as text, one a line, a table without its header."""
    if result is None:
        raise TypeError("run() returned None; it must return a list, a tuple or a DataFrame, one item a success")
    if hasattr(result, "to_pandas"):
        result = result.to_pandas()
    if hasattr(result, "to_csv"):
        text = result.to_csv(index=False, header=False)
    elif isinstance(result, (str, bytes, dict)) or not hasattr(result, "__len__"):
        raise TypeError("run() returned %s; it must return a list, a tuple or a DataFrame" % type(result).__name__)
    else:
        text = "".join("%s\n" % (item,) for item in result)
    return len(result), text.encode("utf-8", "surrogateescape")


def mini_batch_of(batch, plan):
    if "files" in batch:
        return batch["files"]
    part = batch["table"]
    with open(os.path.join(os.path.dirname(plan["batches_path"]), part["file"]), "rb") as file:
        file.seek(part["offset"])
        return pickle.loads(file.read(part["length"]))


def takes_context(run):
    """Whether run() asks for a second argument, as `run(mini_batch, mini_batch_context)` does."""
    try:
        parameters = inspect.signature(run).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return any(one.default is one.empty or one.name == "mini_batch_context" for one in positional[1:2])


def run_batch(run, plan, index, mini_batch):
    if not takes_context(run):
        return run(mini_batch)
    keys = (plan.get("partition_keys") or []) if hasattr(mini_batch, "iloc") else []
    first = {key: mini_batch[key].iloc[0] for key in keys}
    values = {key: value.item() if hasattr(value, "item") else value for key, value in first.items()}
    return run(mini_batch, MiniBatchContext(index, values))


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


def score(run, plan, task):
    index, batch = task
    before = os.fstat(1).st_size
    reply = {"type": "result", "index": index, "log_from": before}
    payload = b""
    try:
        reply["items"], payload = to_rows(run_batch(run, plan, index, mini_batch_of(batch, plan)))
        reply["ok"] = True
    except BaseException:  # noqa: BLE001 - whatever the user's code raises, sys.exit() too, is the mini-batch's failure
        leave_if_forked()
        reply["ok"] = False
        reply["error"] = own_traceback()
        print(reply["error"], file=sys.stderr)
    leave_if_forked()
    flush()
    reply["log_to"] = os.fstat(1).st_size
    return reply, payload


def leave_if_forked():
    """A child that the user's code forked, and that came back from there, must not answer in its parent's place."""
    if os.getpid() != OWN_PID:
        os._exit(0)


def own_traceback():
    """The traceback without the frames of this file."""
    kind, value, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename == os.path.abspath(__file__) and trace.tb_next:
        trace = trace.tb_next
    return "".join(traceback.format_exception(kind, value, trace))


def start(plan, answers):
    """Loads the script and calls init(). Sends `failed` and ends when that does not work."""
    script = plan["entry_script"]
    try:
        module = load_script(script)
        run = function_of(module, "run")
        if run is None:
            send(answers, {"type": "failed", "error": "", "message": "%s has no function run(mini_batch)" % script})
            sys.exit(1)
        init = function_of(module, "init")
        if init is not None:
            init()
    except BaseException as problem:  # noqa: BLE001
        leave_if_forked()
        flush()
        what = "%s: %s" % (type(problem).__name__, problem)
        send(answers, {"type": "failed", "error": own_traceback(), "message": "init() of %s failed: %s" % (script, what)})
        sys.exit(1)
    flush()
    send(answers, {"type": "ready", "log_at": os.fstat(1).st_size})
    return run, function_of(module, "shutdown")


def prepare_output():
    """A crash, or the signal of the scheduler, leaves a traceback in the log; no file name can stop a print()."""
    faulthandler.enable()
    if hasattr(signal, "SIGUSR2"):
        faulthandler.register(signal.SIGUSR2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")


def main():
    prepare_output()
    plan, batches = read_json(sys.argv[1]), read_json(sys.argv[2])
    tasks = os.fdopen(int(sys.argv[3]), "rb")
    answers = os.fdopen(int(sys.argv[4]), "wb")
    plan["batches_path"] = sys.argv[2]
    sys.argv = [plan["entry_script"], *plan["argv"]]
    # The driver's own modules are not the script's business: it may import others of the same names.
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != own]
    run, shutdown = start(plan, answers)
    for line in tasks:
        index = int(line)
        reply, payload = score(run, plan, (index, batches[index]))
        send(answers, reply, payload)
    if shutdown is not None:
        shutdown()
    flush()


if __name__ == "__main__":
    main()
