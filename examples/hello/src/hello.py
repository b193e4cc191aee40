import argparse
import pathlib
import time

parser = argparse.ArgumentParser()
parser.add_argument("--name")
parser.add_argument("--out", type=pathlib.Path)
args = parser.parse_args()

for word in ("Hello,", args.name):
    print(word, flush=True)
    time.sleep(0.5)
(args.out / "greeting.txt").write_text(f"Hello, {args.name}!\n")
