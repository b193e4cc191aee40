import { existsSync } from 'node:fs'

const find = (name: string): string => [`/bin/${name}`, `/usr/bin/${name}`].find(existsSync) ?? name

/** By its full name: a job may set a PATH that has no bash on it. */
export const BASH = find('bash')

/**
 * The wrapper around one attempt. It outlives whoever started it.
 *
 * - `attempt.json` is made exclusively and says who runs the attempt: of two wrappers the second leaves.
 *   Its room takes the end, which is then renamed: so the end can be written on a full disk, and a new file
 *   is saved (each costs as much as a fork). A wrapper too late finds the marker, or `exit.json`.
 *   (`||` and not `if !`: where a redirection fails bash forgets the `!`.)
 * - Under `set -m` every process is the leader of a group of its own, at no cost, and keeps its SIGINT
 *   (a plain `&` makes the shell ignore it). Only while they are started: with it `wait` also returns when
 *   one is stopped, and `wait -f` of bash 5.2 at times spins for ever.
 * - The variables are exported in the child alone, between fork and exec: whatever they are called, they
 *   do not meddle with the wrapper.
 * - What the wrapper says may have no reader any more: PIPE is caught, not ignored, which a child would inherit.
 * - TERM is passed on to the groups, USR1 means KILL. What is left of a group when its leader has ended
 *   is ended too, before the end is told.
 * - Of several processes the first that fails says so with USR2, and the others are ended. (`wait -n` of
 *   bash 5.2 forgets those that ended before it was called.)
 * - Zombies are not waited for: in a container nobody may reap them.
 * - The end is a rename: `exit.json` is whole or not there. The worker renames when it is told; when nobody
 *   reads what the wrapper says, it calls `mv`, which costs a process.
 *
 * Bash because the user's command needs it anyway; 3.2 (macOS) has no clock, no pid of its own and no `mapfile`.
 * A shell cannot tell `exit 137` from a death by SIGKILL; both are given as code 137.
 *
 * In: `$launch`, a file that holds, each followed by a NUL: attempt id, run folder, working directory,
 * JSON members for `attempt.json`, twentieths of a second between TERM and KILL, start in ms,
 * number of variables, the variables; then for each process: log file, number of words, the words.
 * Out: lines `started ID PID TIME`, `known ID`, `unwritable ID`, `ended ID`.
 */
const WRAPPER = `
trap : PIPE
__amlet_words=()
if [ -n "$has_mapfile" ]; then mapfile -d '' -t __amlet_words <"$launch"
else while IFS= read -r -d '' word; do __amlet_words+=("$word"); done <"$launch"; fi
set -- "\${__amlet_words[@]}"
[ $# -gt 8 ] || exit 1
id=$1 run=$2 work=$3 facts=$4 grace=$5 started=$6 count=$7; shift 7
__amlet_vars=("\${@:1:count}"); shift "$count"
me=\${BASHPID:-$(exec sh -c 'echo "$PPID"')} start=0
if read -r __amlet_stat </proc/self/stat; then
  __amlet_stat=(\${__amlet_stat##*) }); start=\${__amlet_stat[19]}
fi
printf -v marker '{"pid":%d,"startTime":%d,%s}' "$me" "$start" "$facts"
made=
set -C
{ made=1; printf '%s\\n' "$marker" >&9; } 9>"$run/attempt.json" || {
  [ -z "$made" ] && [ -e "$run/attempt.json" -o -e "$run/exit.json" ] && printf 'known %s\\n' "$id" || printf 'unwritable %s\\n' "$id"
  exit 1
}
set +C
if [ -e "$run/exit.json" ]; then printf 'known %s\\n' "$id"; exit 1; fi
groups= pids= many= signalled= failed= ask= code=0
signal() { signalled=1 ask=$1; [ -n "$groups" ] && kill -"$1" -- $groups; }
trap 'signal TERM' TERM
trap 'signal KILL' USR1
trap 'signalled=1 failed=1; end_groups "$grace"' USR2
cd "$work" || { printf 'unwritable %s\\n' "$id"; exit 1; }
unset OLDPWD
printf 'started %s %d %d\\n' "$id" "$me" "$start"
[ $# -gt $(($2 + 2)) ] && many=run_rank
set -m
while [ $# -gt 0 ]; do
  log=$1 words=$2; shift 2
  $many start_process "\${@:1:words}" </dev/null >>"$run/user_logs/$log" 2>&1 &
  pids="$pids $!" groups="$groups -$!"
  shift "$words"
done
set +m
[ -n "$ask" ] && kill -"$ask" -- $groups
[ -n "$failed" ] && end_groups "$grace"
for pid in $pids; do
  status=
  while :; do
    signalled=; wait "$pid"; last=$?
    [ "$last" -eq 127 ] && [ -n "$status" ] || status=$last
    [ -z "$signalled" ] && break
  done
  [ "$code" -eq 0 ] && code=$status
done
[ -n "$failed" ] && read -r code <"$run/failed"
kill -0 -- $groups && end_groups 40
trap '' TERM USR1 USR2 PIPE
ended=\${EPOCHREALTIME/[.,]/}; ended=\${ended%???}
signal=null
if [ "$code" -gt 128 ] && name=$(kill -l "$((code - 128))") && [ -n "$name" ]; then signal="\\"SIG$name\\""; fi
printf -v end '{"code":%d,"signal":%s,"startedAtMs":%d,"endedAtMs":%d}' \\
  "$code" "$signal" "$started" "\${ended:-$(date +%s)000}"
printf "%-\${#marker}s\\n" "$end" 1<>"$run/attempt.json" &&
  { printf 'ended %s\\n' "$id" || exec ${find('mv')} -f "$run/attempt.json" "$run/exit.json"; }
`

const FUNCTIONS = `
start_process() {
  export "\${__amlet_vars[@]}" 2>/dev/null
  exec "$@"
}
run_rank() {
  ("$@") && exit 0
  code=$?
  set -C; printf '%d\\n' "$code" >"$run/failed"; kill -USR2 "$me"
  exit "$code"
}
alive() {
  kill -0 -- $groups || return 1
  [ -r /proc/self/stat ] || return 0
  for file in /proc/[0-9]*/stat; do
    read -r line <"$file" || continue
    set -- \${line##*) }
    [ "$1" = Z ] && continue
    case " $groups " in *" -$3 "*) return 0 ;; esac
  done
  return 1
}
wait_until_dead() {
  left=$1
  while [ "$left" -gt 0 ] && alive; do ${find('sleep')} 0.05; left=$((left - 1)); done
}
end_groups() {
  kill -TERM -- $groups || return 0
  wait_until_dead "$1"
  kill -KILL -- $groups && wait_until_dead 20
}
`

/**
 * The forker: reads names of launch files, a line each, and forks a wrapper for each, in a process group of its own.
 * Measured beside a chain of ninja: 3.3 × its time when Node starts each wrapper, 2.2 × this way.
 */
export const FORKER = `
exec 2>/dev/null
has_mapfile=
[ "\${BASH_VERSINFO[0]}" -ge 5 ] && has_mapfile=1
${FUNCTIONS}
set -m
while IFS= read -r launch; do
  (${WRAPPER}) </dev/null &
done
`
