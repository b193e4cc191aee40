/**
 * What runs before the worker, in `sh`: takes the home's lock, makes the store read-only, leaves a mounter
 * behind and becomes the command.
 *
 * - The lock is on descriptor 3, which the command inherits: it is held until the command is gone.
 * - In a namespace `<home>/datastores` is read-only and `<home>/.rw/datastores` the same tree, writable.
 *   A user's namespace may not drop flags that its parent set, hence the second and third remount.
 * - The mounter reads a source and a target, a line each, from descriptor 4 of the command and answers on 5.
 *   Without a source it takes the target off again, and does not answer. A view of the store is read-only as it is.
 *   It stays behind because the command itself gives up the right to mount: it gets the user's own id
 *   back (as root of a user namespace `tar` would try to change owners, `mpirun` would refuse).
 *
 * Arguments: home, kind of protection, `lock` or `-`, user id, group id, then the command.
 */
export const START_SCRIPT = `
home=$1 kind=$2 lock=$3 uid=$4 gid=$5; shift 5
if [ "$lock" = lock ]; then
  exec 3>>"$home/worker.lock" || exit 70
  if command -v flock >/dev/null 2>&1; then flock -n 3 || exit 75; fi
fi
case $kind in *namespace) ;; *) exec "$@" ;; esac
read_only() {
  for flags in ro ro,nosuid,nodev ro,nosuid,nodev,noexec; do
    mount -o "remount,bind,$flags" "$1" 2>/dev/null && return
  done
  echo 'the read-only remount is not allowed' >&2; return 1
}
mkdir -p "$home/datastores" "$home/.rw/datastores" "$home/.ro" || exit 70
mount --rbind "$home/datastores" "$home/.rw/datastores" || exit 71
mount --bind "$home/datastores" "$home/datastores" && read_only "$home/datastores" || exit 71
pipes=$(mktemp -d "$home/.ro/mounter.XXXXXX") && mkfifo "$pipes/ask" "$pipes/answer" || exit 70
(
  exec 3>&-
  while IFS= read -r source && IFS= read -r target; do
    protect=read_only
    case $source in "$home"/datastores/*) protect=: ;; esac
    if [ -z "$source" ]; then umount -l "$target" 2>/dev/null
    elif error=$( { mount --rbind "$source" "$target" && $protect "$target"; } 2>&1 ); then echo ok
    else printf '%s\\n' "$error" | tail -n 1; fi
  done
) <"$pipes/ask" >"$pipes/answer" &
exec 4>"$pipes/ask" 5<"$pipes/answer"
rm -rf "$pipes"
case $kind in user-*) exec unshare -U --map-user="$uid" --map-group="$gid" "$@" ;; esac
exec "$@"
`
