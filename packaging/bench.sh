#!/bin/sh
# The figures of docs/performance.md: packaging/bench.sh [CLIP...]
#
# SOAK is how long two feeds are watched for the figures of memory (30m in the document).
set -eu
soak=${SOAK:-2m}

echo "== machine"
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
echo "$(nproc) cores, $(uname -r), $(bin/vedette version | sed -n 's/^decoder //p')"

echo "== cost of a clip: decoding alone, the whole, and ffmpeg's filters"
bin/vedette bench --filters --rounds 3

for clip in "$@"; do
  [ -f "$clip" ] || continue
  bin/vedette bench --filters --rounds 1 "$clip"
done

echo "== a live daemon with two feeds of 1080p25 H.264 at 6 Mb/s, for $soak"
bin/vedette bench --live "$soak" --feeds 2

echo "== how many such feeds this machine carries"
bin/vedette bench --live 20s --feeds 0

echo "== the meters"
go test -run '^$' -bench . -benchmem ./hwaccel/simd ./hwaccel/sound ./hwaccel ./detectors/picture
