#!/bin/sh
# `npm run demo`: sets up what is missing, then runs the article's case for real.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
sh "$root/scripts/setup.sh"
exec "$root/node_modules/node/bin/node" "$root/scripts/demo.mjs" "$@"
