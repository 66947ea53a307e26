#!/bin/sh
# goosebit.sh - goosebit (PyPI) as a server for trials: http://127.0.0.1:60053, on this computer only, without tokens. What it
# knows is in build/fleet/goosebit; remove that folder to begin anew.
#
# usage: examples/gateway/goosebit.sh       (after tools/setup.sh test; ends with Ctrl-C)
set -eu
build=$(realpath "${SLIPWAY_BUILD:-build}")
folder=$build/fleet/goosebit
mkdir -p "$folder"
cd "$folder"
cat >goosebit.yaml <<EOF
poll_time: "00:00:02"
db_uri: sqlite:///$folder/db.sqlite3
artifacts_dir: $folder/artifacts
device_auth: { enable: false }
EOF
python=$build/venv/bin/python
migrations=$("$python" -c 'import importlib.metadata as m; print(m.distribution("goosebit").locate_file("goosebit/db/migrations"))')
cat >pyproject.toml <<EOF
[tool.aerich]
tortoise_orm = "goosebit.db.config.TORTOISE_CONF"
location = "$migrations"
src_folder = "./."
EOF
"$python" -m aerich upgrade >goosebit.log 2>&1 || { cat goosebit.log >&2; exit 1; }
answers() { "$python" -c 'import socket; socket.create_connection(("127.0.0.1", 60053), 1)' 2>/dev/null; }
if answers; then
    echo "error: something answers at 127.0.0.1:60053 already" >&2
    exit 1
fi
"$python" -m uvicorn goosebit:app --host 127.0.0.1 --port 60053 >>goosebit.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
until answers; do
    kill -0 $server 2>/dev/null || { cat goosebit.log >&2; exit 1; }
    sleep 0.2
done
echo "goosebit answers at http://127.0.0.1:60053; its log is $folder/goosebit.log"
wait
