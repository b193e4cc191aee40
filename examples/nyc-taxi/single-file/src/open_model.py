"""Opens a model that was registered from one single file, given as a directory that holds it or as the file."""

import os
import sys

import lightgbm


def main():
    path = sys.argv[1]
    print(f"model: {path}")
    if os.path.isdir(path):
        names = os.listdir(path)
        print(f"a directory with {names}")
        path = os.path.join(path, names[0])
    else:
        print("the file itself")
    with open(path, "rb") as file:
        print(f"first line: {file.readline().decode().strip()}")
    booster = lightgbm.Booster(model_file=path)
    print(f"opened: {booster.num_trees()} trees over {booster.num_feature()} features")


if __name__ == "__main__":
    main()
