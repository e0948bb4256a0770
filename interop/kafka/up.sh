#!/usr/bin/env bash
# Start a Kafka KRaft cluster on loopback; every node is both broker and controller.
#   up.sh [--nodes N] [--port P] [--data DIR] [--heap SIZE] [--set key=value]...
# Node i (1..N) serves clients on P+i-1 and controllers on P+100+i; choose P below the
# ephemeral range (32768 on Linux), where a poll of a closed port can connect to itself.
# An existing DIR is started again as it is; a node that already runs is left alone.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

nodes=1 extra=()
while [ $# -gt 0 ]; do
  case $1 in
    --nodes) nodes=$2;; --port) KAFKA_PORT=$2;; --data) KAFKA_DATA=$2;;
    --heap) KAFKA_HEAP=$2;; --set) extra+=("$2");;
    *) sed -n '2,6s/^# \?//p' "$0" >&2; exit 2;;
  esac
  shift 2
done
need_libs "$KAFKA_BROKER_LIBS" -Pbroker
mkdir -p "$KAFKA_DATA"; KAFKA_DATA=$(cd "$KAFKA_DATA" && pwd)
read -r lo hi </proc/sys/net/ipv4/ip_local_port_range
[ $((KAFKA_PORT + 100 + nodes)) -lt "$lo" ] || [ "$KAFKA_PORT" -gt "$hi" ] || die "port $KAFKA_PORT reaches into the ephemeral range $lo-$hi"
rf=$(( nodes < 3 ? nodes : 3 )); isr=$(( rf < 2 ? 1 : 2 ))

# As Kafka makes them, without a JVM: 16 bytes in base64url, the first character no "-".
uuid() {
  local id=-
  while [[ $id = -* ]]; do id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='); done
  echo "$id"
}
[ -f "$KAFKA_DATA/cluster.id" ] || uuid >"$KAFKA_DATA/cluster.id"
quorum="" initial=""
for i in $(seq "$nodes"); do
  dir=$KAFKA_DATA/node$i; mkdir -p "$dir"
  [ -f "$dir/directory.id" ] || uuid >"$dir/directory.id"
  c=127.0.0.1:$((KAFKA_PORT + 100 + i))
  quorum+=${quorum:+,}$c
  initial+=${initial:+,}$i@$c:$(cat "$dir/directory.id")
done

for i in $(seq "$nodes"); do
  dir=$KAFKA_DATA/node$i port=$((KAFKA_PORT + i - 1)) cport=$((KAFKA_PORT + 100 + i))
  alive "$dir/pid" && continue
  ! answers "$port" || die "port $port is already in use"
  cat >"$dir/server.properties" <<EOF
process.roles=broker,controller
node.id=$i
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$cport
advertised.listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$cport
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=$quorum
log.dirs=$dir/log
offsets.topic.replication.factor=$rf
transaction.state.log.replication.factor=$rf
transaction.state.log.min.isr=$isr
share.coordinator.state.topic.replication.factor=$rf
share.coordinator.state.topic.min.isr=$isr
EOF
  for kv in "${extra[@]}"; do echo "$kv"; done >>"$dir/server.properties"
  if [ ! -f "$dir/log/meta.properties" ]; then
    ( kafka_java "$KAFKA_BROKER_LIBS" 128m WARN kafka.tools.StorageTool format -t "$(cat "$KAFKA_DATA/cluster.id")" \
        -c "$dir/server.properties" --initial-controllers "$initial" ) >"$dir/format.out" 2>&1 ||
      { cat "$dir/format.out" >&2; die "format of node $i failed"; }
  fi
  ( kafka_java "$KAFKA_BROKER_LIBS" "$KAFKA_HEAP" INFO -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
      -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent \
      kafka.Kafka "$dir/server.properties" ) </dev/null >"$dir/server.out" 2>&1 &
  echo $! >"$dir/pid"
done

for i in $(seq "$nodes"); do
  for _ in $(seq $((${KAFKA_WAIT:-90} * 10))); do
    answers $((KAFKA_PORT + i - 1)) && continue 2
    kill -0 "$(cat "$KAFKA_DATA/node$i/pid")" 2>/dev/null || break
    sleep 0.1
  done
  tail -20 "$KAFKA_DATA/node$i/server.out" >&2; die "node $i did not start"
done
echo "127.0.0.1:$KAFKA_PORT"
