import { existsSync } from 'node:fs'

const find = (name: string): string => [`/bin/${name}`, `/usr/bin/${name}`].find(existsSync) ?? name

/** By its full name: a job may set a PATH that has no bash on it. */
export const BASH = find('bash')

/**
 * The wrapper around attempts, one at a time. It outlives whoever started it.
 *
 * - `attempt.json` is made exclusively and says who runs the attempt: of two wrappers the second leaves it.
 *   Its room takes the end, which is then renamed: so the end can be written on a full disk, and a new file
 *   is saved (each costs as much as a fork). A wrapper too late finds the marker, or `exit.json`.
 *   (`||` and not `if !`: where a redirection fails bash forgets the `!`.)
 * - Under `set -m` every process is the leader of a group of its own, at no cost, and keeps its SIGINT
 *   (a plain `&` makes the shell ignore it). Only while they are started: with it `wait` also returns when
 *   one is stopped, and `wait -f` of bash 5.2 at times spins for ever.
 * - The variables are exported in the child alone, between fork and exec: whatever they are called, they
 *   do not meddle with the wrapper. Its own arrays have names that nobody's have: an array cannot be exported.
 * - What the wrapper says may have no reader any more: PIPE is caught, not ignored, which a child would inherit.
 * - TERM is passed on to the groups, USR1 means KILL. What is left of a group when its leader has ended
 *   is ended too, before the end is told. Between attempts there are no groups, and a late signal does nothing.
 * - Of several processes the first that fails says so with USR2, and the others are ended. (`wait -n` of
 *   bash 5.2 forgets those that ended before it was called.)
 * - Zombies are not waited for: in a container nobody may reap them.
 * - The end is a rename: `exit.json` is whole or not there. The worker renames when it is told; when nobody
 *   reads what the wrapper says, it calls `mv`, which costs a process, and leaves.
 *
 * Bash because the user's command needs it anyway; 3.2 (macOS) has no clock, no pid of its own and no `mapfile`.
 * A shell cannot tell `exit 137` from a death by SIGKILL; both are given as code 137.
 *
 * In: a line for each attempt, whose words are then in the file that is `$1`, each followed by a NUL: attempt id,
 * run folder, working directory, JSON members for `attempt.json`, twentieths of a second between TERM and KILL,
 * start in ms, number of variables, the variables; then for each process: log file, number of words, the words.
 * Out: lines `started ID PID TIME`, `known ID`, `unwritable ID`, `ended ID END`, `unsaved ID END` where the command took its
 * run folder away, and `nothing` for a file that is gone.
 */
const ATTEMPT = `
attempt() {
  __amlet_words=()
  if [ -n "$has_mapfile" ]; then mapfile -d '' -t __amlet_words <"$launch"
  else while IFS= read -r -d '' word; do __amlet_words+=("$word"); done <"$launch"; fi
  set -- "\${__amlet_words[@]}"
  [ $# -gt 8 ] || { printf 'nothing\\n'; return; }
  groups= pids= many= signalled= failed= ask= code=0 made=
  id=$1 run=$2 work=$3 facts=$4 grace=$5 started=$6 count=$7; shift 7
  __amlet_vars=("\${@:1:count}"); shift "$count"
  printf -v marker '{"pid":%d,"startTime":%d,%s}' "$me" "$start" "$facts"
  set -C
  { made=1; printf '%s\\n' "$marker" >&9; } 9>"$run/attempt.json" || {
    set +C
    [ -z "$made" ] && [ -e "$run/attempt.json" -o -e "$run/exit.json" ] && printf 'known %s\\n' "$id" || printf 'unwritable %s\\n' "$id"
    return
  }
  set +C
  if [ -e "$run/exit.json" ]; then printf 'known %s\\n' "$id"; return; fi
  cd "$work" || { printf 'unwritable %s\\n' "$id"; return; }
  unset OLDPWD
  printf 'started %s %d %d\\n' "$id" "$me" "$start"
  [ $# -gt $(($2 + 2)) ] && many=run_rank
  set -m
  while [ $# -gt 0 ]; do
    log=$1 length=$2; shift 2
    $many start_process "\${@:1:length}" </dev/null >>"$run/user_logs/$log" 2>&1 &
    pids="$pids $!" groups="$groups -$!"
    shift "$length"
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
  groups=
  ended=\${EPOCHREALTIME/[.,]/}; ended=\${ended%???}
  signal=null
  if [ "$code" -gt 128 ] && name=$(kill -l "$((code - 128))") && [ -n "$name" ]; then signal="\\"SIG$name\\""; fi
  printf -v end '{"code":%d,"signal":%s,"startedAtMs":%d,"endedAtMs":%d}' \\
    "$code" "$signal" "$started" "\${ended:-$(date +%s)000}"
  printf "%-\${#marker}s\\n" "$end" 1<>"$run/attempt.json" || { printf 'unsaved %s %s\\n' "$id" "$end"; return; }
  printf 'ended %s %s\\n' "$id" "$end" || { trap '' TERM USR1 USR2; exec ${find('mv')} -f "$run/attempt.json" "$run/exit.json"; }
}
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
signal() { signalled=1 ask=$1; [ -n "$groups" ] && kill -"$1" -- $groups; }
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
 * The program of a wrapper: one shell for attempt after attempt, so that each costs the fork of its own process and
 * no more. It leaves when whoever started it has closed its input, after the attempt that runs then.
 */
export const WRAPPER = `
exec 2>/dev/null
launch=$1 has_mapfile= groups= grace=1
[ "\${BASH_VERSINFO[0]}" -ge 5 ] && has_mapfile=1
${FUNCTIONS}
${ATTEMPT}
me=$$ start=0
if read -r __amlet_stat </proc/self/stat; then
  __amlet_stat=(\${__amlet_stat##*) }); start=\${__amlet_stat[19]}
fi
trap : PIPE
trap 'signal TERM' TERM
trap 'signal KILL' USR1
trap 'signalled=1 failed=1; end_groups "$grace"' USR2
while :; do
  IFS= read -r order; got=$?
  [ "$got" -gt 128 ] && continue
  [ "$got" -eq 0 ] || exit 0
  attempt
done
`
