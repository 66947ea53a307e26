#!/bin/sh
# bench_sign.sh - `sign` of a 1 MB image, whole process, slipway against imgtool in the same run: median of RUNS, and
# the ratio. It only prints: a time is not a test.
# Usage: tools/bench_sign.sh [SLIPWAY [RUNS]]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
exec "$build/venv/bin/python" - "${1:-$build/slipway}" "$build/venv/bin/imgtool" "${2:-7}" <<'PYTHON'
import os, statistics, subprocess, sys, tempfile, time
slipway, imgtool, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
with tempfile.TemporaryDirectory() as d:
    app = os.path.join(d, "app.bin")
    with open(app, "wb") as f:
        f.write(os.urandom(1 << 20))
    print(f"sign 1 MB, median of {runs}       slipway    imgtool      ratio (asked: 10)")
    for kind in ("ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-3072", "ed25519"):
        key = os.path.join(d, kind + ".pem")
        subprocess.run([slipway, "--quiet", "keygen", "-t", kind, "-k", key], check=True)
        times = {slipway: [], imgtool: []}
        for _ in range(runs):  # alternate, so that a busy machine slows both
            for tool in times:
                args = [tool, "sign", "-k", key, "-v", "1.0.0", "-H", "0x400", "--pad-header", "-S", "0x200000",
                        "--align", "32", app, os.path.join(d, "out.bin")]
                start = time.perf_counter()
                subprocess.run(args, check=True, stdout=subprocess.DEVNULL)
                times[tool].append(time.perf_counter() - start)
        ours, theirs = (1000 * statistics.median(t) for t in times.values())
        print(f"{kind:<30} {ours:8.1f} ms {theirs:8.1f} ms {theirs / ours:9.1f}x", flush=True)
PYTHON
