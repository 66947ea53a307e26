#!/bin/sh
# quiet.sh LOG COMMAND... - run a command, its output into LOG; show the output only if it fails.
log=$1
shift
mkdir -p "$(dirname "$log")"
if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    echo "error: failed: $*" >&2
    exit 1
fi
