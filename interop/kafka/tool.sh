#!/usr/bin/env bash
# Run one of Kafka's console tools:  tool.sh NAME ARGS...   (no NAME: list them)
# Adds --bootstrap-server 127.0.0.1:$KAFKA_PORT where the tool takes one and none is given;
# set KAFKA_BOOTSTRAP to name another. KAFKA_TOOL_HEAP (512m) and KAFKA_JVM_OPTS apply.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
t=org.apache.kafka.tools
table="
acls                    b $t.AclCommand
api-versions            b $t.BrokerApiVersionsCommand
client-metrics          b $t.ClientMetricsCommand
cluster                 - $t.ClusterTool
configs                 b kafka.admin.ConfigCommand
connect-distributed     - org.apache.kafka.connect.cli.ConnectDistributed
connect-plugin-path     - $t.ConnectPluginPath
connect-standalone      - org.apache.kafka.connect.cli.ConnectStandalone
console-consumer        b $t.consumer.ConsoleConsumer
console-producer        b $t.ConsoleProducer
console-share-consumer  b $t.consumer.ConsoleShareConsumer
consumer-groups         b $t.consumer.group.ConsumerGroupCommand
consumer-perf-test      b $t.ConsumerPerformance
delegation-tokens       b $t.DelegationTokenCommand
delete-records          b $t.DeleteRecordsCommand
dump-log                - $t.DumpLogSegments
e2e-latency             b $t.EndToEndLatency
features                b $t.FeatureCommand
get-offsets             b $t.GetOffsetShell
groups                  b $t.GroupsCommand
jmx                     - $t.JmxTool
leader-election         b $t.LeaderElectionCommand
log-dirs                b $t.LogDirsCommand
metadata-quorum         b $t.MetadataQuorumCommand
producer-perf-test      b $t.ProducerPerformance
reassign-partitions     b $t.reassign.ReassignPartitionsCommand
replica-verification    - $t.ReplicaVerificationTool
share-consumer-perf-test b $t.ShareConsumerPerformance
share-groups            b $t.consumer.group.ShareGroupCommand
storage                 - kafka.tools.StorageTool
streams-application-reset b $t.StreamsResetter
streams-groups          b $t.streams.StreamsGroupCommand
topics                  b $t.TopicCommand
transactions            b $t.TransactionsCommand
verifiable-consumer     b $t.VerifiableConsumer
verifiable-producer     b $t.VerifiableProducer
"
name=${1-}; [ $# -eq 0 ] || shift
case $name in share) name=share-groups;; reassign) name=reassign-partitions;; esac
read -r boot class < <(awk -v n="$name" 'NF==3 && $1==n {print $2, $3}' <<<"$table") ||
  { awk 'NF==3 {print $1 "\t" $3}' <<<"$table" | column -t >&2; exit 2; }
need_libs "$KAFKA_LIBS"
server=()
if [ "$boot" = b ] && [[ " $* " != *" --bootstrap-"* && " $* " != *" --help "* ]]; then
  server=(--bootstrap-server "${KAFKA_BOOTSTRAP:-127.0.0.1:$KAFKA_PORT}")
fi
kafka_java "$KAFKA_LIBS" "${KAFKA_TOOL_HEAP:-512m}" WARN "$class" "${server[@]}" "$@"
