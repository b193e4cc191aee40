import { existsSync } from 'node:fs'

/** What the wrapper ends with when the attempt was started before, by another wrapper. */
export const ALREADY_STARTED = 121

/** One process of an attempt: the file below `user_logs` that takes what it prints, and its argv. */
export interface RankCommand {
  readonly logFile: string
  readonly argv: readonly string[]
}

const MV = ['/bin/mv', '/usr/bin/mv'].find(existsSync) ?? 'mv'
const SLEEP = ['/bin/sleep', '/usr/bin/sleep'].find(existsSync) ?? 'sleep'

/**
 * The wrapper around one attempt. It outlives whoever started it.
 *
 * - `attempt.json` is made exclusively and says who runs the attempt: of two wrappers the second leaves.
 * - Room for `exit.json` is taken at the start, so that the end can be written on a full disk.
 * - Under `set -m` every process is the leader of a group of its own, at no cost, and keeps its SIGINT
 *   (a plain `&` makes the shell ignore it). Only while they are started: with it `wait` also returns when
 *   one is stopped, and `wait -f` of bash 5.2 at times spins for ever.
 * - TERM is passed on to the groups, USR1 means KILL. What is left of a group when its leader has ended
 *   is ended too, before the end is told.
 * - Of several processes the first that fails says so with USR2, and the others are ended. (`wait -n` of
 *   bash 5.2 forgets those that ended before it was called.)
 * - Zombies are not waited for: in a container nobody may reap them.
 * - The end is a rename: `exit.json` is whole or not there.
 *
 * Bash because the user's command needs it anyway; 3.2 (macOS) has no clock.
 * A shell cannot tell `exit 137` from a death by SIGKILL; both are given as code 137.
 *
 * Arguments: run folder, working directory, JSON members for `attempt.json`, twentieths of a second between
 * TERM and KILL, start in ms; then for each process: log file, number of words, the words.
 */
export const WRAPPER = `
run=$1 work=$2 facts=$3 grace=$4 started=$5; shift 5
exec 2>/dev/null
start=0
if read -r stat </proc/$$/stat; then stat=(\${stat##*) }); start=\${stat[19]}; fi
set -C
printf '{"pid":%d,"startTime":%d,%s}\\n' $$ "$start" "$facts" >"$run/attempt.json" || exit ${ALREADY_STARTED}
set +C
printf '%-200s\\n' '' >"$run/exit.json.tmp" || exit 1
groups= pids= many= signalled= failed= ask= code=0
signal() { signalled=1 ask=$1; [ -n "$groups" ] && kill -"$1" -- $groups; }
trap 'signal TERM' TERM
trap 'signal KILL' USR1
trap 'signalled=1 failed=1; end_groups "$grace"' USR2
alive() {
  kill -0 -- $groups || return 1
  [ -r /proc/self/stat ] || return 0
  for file in /proc/[0-9]*/stat; do
    read -r stat <"$file" || continue
    set -- \${stat##*) }
    [ "$1" = Z ] && continue
    case " $groups " in *" -$3 "*) return 0 ;; esac
  done
  return 1
}
wait_until_dead() {
  left=$1
  while [ "$left" -gt 0 ] && alive; do ${SLEEP} 0.05; left=$((left - 1)); done
}
end_groups() {
  kill -TERM -- $groups || return 0
  wait_until_dead "$1"
  kill -KILL -- $groups && wait_until_dead 20
}
run_rank() {
  "$@" && exit 0
  code=$?
  set -C; printf '%d\\n' "$code" >"$run/failed"; kill -USR2 $$
  exit "$code"
}
cd "$work" || exit 1
[ $# -gt $(($2 + 2)) ] && many=run_rank
set -m
while [ $# -gt 0 ]; do
  log=$1 words=$2; shift 2
  $many "\${@:1:words}" </dev/null >>"$run/user_logs/$log" 2>&1 &
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
trap '' TERM USR1 USR2
ended=\${EPOCHREALTIME/[.,]/}; ended=\${ended%???}
signal=null
if [ "$code" -gt 128 ] && name=$(kill -l "$((code - 128))") && [ -n "$name" ]; then signal="\\"SIG$name\\""; fi
printf '{"code":%d,"signal":%s,"startedAtMs":%d,"endedAtMs":%d}' \\
  "$code" "$signal" "$started" "\${ended:-$(date +%s)000}" 1<>"$run/exit.json.tmp" &&
  LD_PRELOAD= LD_LIBRARY_PATH= exec ${MV} -f "$run/exit.json.tmp" "$run/exit.json"
`

export interface WrapperArguments {
  readonly runDir: string
  readonly workDir: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly graceSeconds: number
  readonly startedAtMs: number
  readonly ranks: readonly RankCommand[]
}

/** argv after `bash`. The user's words are arguments, never part of the text. */
export function wrapperArgv(given: WrapperArguments): string[] {
  const facts = JSON.stringify(given.facts).slice(1, -1)
  return [
    '-p',
    '-c',
    WRAPPER,
    'amlet-attempt',
    given.runDir,
    given.workDir,
    facts,
    String(Math.round(given.graceSeconds * 20)),
    String(given.startedAtMs),
    ...given.ranks.flatMap(({ logFile, argv }) => [logFile, String(argv.length), ...argv]),
  ]
}
