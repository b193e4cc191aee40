#!/bin/sh
# Sets up what is missing in a clone: packages when there are none or the lock file has changed, dist/ when sources are
# newer. Says little, and nothing when all is there. Several at the same time wait for one another.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
node=$root/node_modules/node/bin/node
stamp=$root/dist/.stamp
lock=$root/dist/.setup-lock
log=$root/dist/setup.log

say() { printf 'amlet: %s\n' "$*"; }

fail() {
  say "$1" >&2
  [ ! -s "$log" ] || grep -v '^npm error$' "$log" | head -n 12 >&2
  say "$2" >&2
  exit 1
}

has_packages() {
  [ -x "$node" ] && [ -f "$root/node_modules/.package-lock.json" ] &&
    node "$root/scripts/same-packages.mjs" "$root"
}

has_build() {
  [ -f "$stamp" ] && [ ! "$root/package-lock.json" -nt "$stamp" ] &&
    [ -z "$(find "$root/src" "$root/scripts/build.mjs" -newer "$stamp" -print -quit)" ]
}

release() { rm -rf "$lock"; }

# Only one at a time; a lock whose owner is gone is taken over.
acquire() {
  waited=0
  until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/pid" 2>/dev/null || true)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$lock"
      continue
    fi
    # Between its mkdir and its pid an owner is nobody; ten seconds are enough for that.
    if [ -z "$owner" ] && [ "$waited" -gt 50 ]; then rm -rf "$lock"; fi
    waited=$((waited + 1))
    sleep 0.2
  done
  echo $$ >"$lock/pid"
  trap release EXIT
  trap 'exit 130' INT TERM HUP
}

check_node() {
  command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 ||
    fail 'Node and npm are needed and were not found.' 'Install Node 20 or newer, then try again.'
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
    fail "Node 20 or newer is needed; this is $(node --version)." 'Install a newer one, then try again.'
}

install_packages() {
  check_node
  say 'installing packages (the first time this takes about a minute) …'
  (cd "$root" && npm ci --include=dev --ignore-scripts=false --no-audit --no-fund --loglevel=error) \
    >"$log" 2>&1 ||
    fail 'the packages could not be installed:' 'Is the package registry reachable? Then try again.'
  [ -x "$node" ] || fail 'the package "node" did not bring its program.' \
    'Does npm run install scripts here? See: npm config get ignore-scripts'
}

build() {
  say 'building …'
  "$node" "$root/scripts/build.mjs" >"$log" 2>&1 ||
    fail 'dist/ could not be built:' 'This is a fault of the sources; npm run build shows it.'
}

mkdir -p "$root/dist"
if has_build && has_packages; then exit 0; fi
acquire
has_packages || install_packages
if ! has_build; then
  was_built=$([ -f "$stamp" ] && echo yes || true)
  build
  if [ -n "$was_built" ]; then
    say 'ready. A server that runs already keeps the old code until: amlet server stop'
  else
    say 'ready.'
  fi
fi
