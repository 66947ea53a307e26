#!/bin/sh
# alive.sh WHAT LOG COMMAND... - run a command with its output in LOG, and show meanwhile that it is alive: on a terminal
# one line that changes, elsewhere a line every 30 seconds. What a failure means is the caller's to say.
set -eu
what=$1 log=$2
shift 2
mkdir -p "$(dirname "$log")"
: >"$log"
watcher=
stop_watcher() {
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    watcher=
    [ ! -t 2 ] || printf '\r\033[K' >&2
}
trap stop_watcher EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The last step that the log tells of: ninja's [12/345], or a line of apt or pip.
last_step() { tail -c 2000 "$log" | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1; }

watch() {
    seconds=0
    # It ends with this script, also where a signal does not reach it; and sleep must not keep a reader of the output waiting.
    while kill -0 $$ 2>/dev/null && sleep 1 >/dev/null 2>&1; do
        seconds=$((seconds + 1))
        if [ -t 2 ]; then
            columns=$(stty size <&2 2>/dev/null | cut -d' ' -f2)
            [ "${columns:-0}" -gt 1 ] || columns=80
            line=$(printf '%s  %d s  %s' "$what" $seconds "$(last_step)" | LC_ALL=C tr -cd '[:print:]' | cut -c "1-$((columns - 1))")
            printf '\r\033[K%s' "$line" >&2
        elif [ $((seconds % 30)) = 0 ]; then
            printf '%s: %d s, %s\n' "$what" $seconds "$(last_step | cut -c 1-80)" >&2
        fi
    done
}
watch 8>&- & # the lock of build.sh is not for it
watcher=$!
status=0
"$@" >"$log" 2>&1 </dev/null || status=$?
exit $status
