#!/usr/bin/env bash
# Print random test vectors for the codec: for every message and version N bodies with the bytes that Kafka writes.
#   vectors.sh SEED [N]      JSON lines, the form that `npm run check:vectors -- FILE` reads
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
[ $# -ge 1 ] || { sed -n '3s/^# *//p' "$0" >&2; exit 2; }
need_libs "$KAFKA_BROKER_LIBS" -Pbroker
exec java -cp "$KAFKA_BROKER_LIBS/*" "$here/Vectors.java" vectors "$KAFKA_BROKER_LIBS" "$1" "${2:-1}"
