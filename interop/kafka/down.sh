#!/usr/bin/env bash
# Stop the nodes up.sh started, by pid: SIGTERM, then SIGKILL after 60 s.
#   down.sh [--data DIR] [--node I] [--kill] [--wipe]
# --node I: that node only. --kill: SIGKILL at once (a crash). --wipe: remove DIR afterwards.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

node='*' signal=TERM wipe=
while [ $# -gt 0 ]; do
  case $1 in
    --data) KAFKA_DATA=$2; shift;; --node) node=$2; shift;;
    --kill) signal=KILL;; --wipe) wipe=1;;
    *) sed -n '2,4s/^# \?//p' "$0" >&2; exit 2;;
  esac
  shift
done
[ -d "$KAFKA_DATA" ] || exit 0
KAFKA_DATA=$(cd "$KAFKA_DATA" && pwd)

for f in "$KAFKA_DATA"/node$node/pid; do          # signal all first, then wait
  if alive "$f"; then kill -$signal "$(cat "$f")"; fi
done
for f in "$KAFKA_DATA"/node$node/pid; do
  for _ in $(seq 600); do alive "$f" || break; sleep 0.1; done
  if alive "$f"; then kill -KILL "$(cat "$f")"; fi
  rm -f "$f"
done
if [ -n "$wipe" ] && [ -f "$KAFKA_DATA/cluster.id" ]; then rm -rf "$KAFKA_DATA"; fi
