# Shared by the other scripts (sourced, not run). Settings, each from the environment:
#   KAFKA_HOME  folder for all of it       (default: ~/.cache/ottla/kafka)
#   KAFKA_LIBS  folder of the tools' jars  (default: $KAFKA_HOME/libs)
#   KAFKA_BROKER_LIBS  the broker's jars   (default: $KAFKA_HOME/libs-broker; may equal KAFKA_LIBS)
#   KAFKA_DATA  folder for cluster data    (default: $KAFKA_HOME/data)
#   KAFKA_PORT  first client port          (default: 9092)
#   KAFKA_HEAP  broker heap size           (default: 1g, Kafka's own default)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KAFKA_HOME=${KAFKA_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/ottla/kafka}
KAFKA_LIBS=${KAFKA_LIBS:-$KAFKA_HOME/libs}
KAFKA_BROKER_LIBS=${KAFKA_BROKER_LIBS:-$KAFKA_HOME/libs-broker}
KAFKA_DATA=${KAFKA_DATA:-$KAFKA_HOME/data}
KAFKA_PORT=${KAFKA_PORT:-9092}
KAFKA_HEAP=${KAFKA_HEAP:-1g}

die() { echo "$(basename "$0"): $*" >&2; exit 1; }

# need_libs FOLDER [MVN-ARG]: fetch the jars from Maven Central the first time they are needed.
need_libs() {
  compgen -G "$1/kafka_2.13-*.jar" >/dev/null && return
  echo "fetching Kafka's jars into $1 ..." >&2
  mvn -q -B -f "$here/pom.xml" ${2-} dependency:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$1" >&2 || die "mvn failed"
}

# kafka_java LIBS HEAP LOGLEVEL [JVM-OPTION...] CLASS ARGS...
kafka_java() {
  local libs=$1 heap=$2 level=$3; shift 3
  exec java -Xms"$heap" -Xmx"$heap" ${KAFKA_JVM_OPTS:-} \
    -Djava.awt.headless=true -Dlog.level="$level" \
    -Dlog4j2.configurationFile="$here/log4j2.yaml" -cp "$libs/*" "$@"
}

# True if the pid in file $1 is a broker that up.sh started for that folder.
alive() {
  local pid; pid=$(cat "$1" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$(dirname "$1")/server.properties"
}

# True if something on loopback port $1 answers a Kafka ApiVersions v0 request.
answers() {
  ( exec 3<>"/dev/tcp/127.0.0.1/$1" &&
    printf '\0\0\0\x0a\0\x12\0\0\0\0\0\x01\xff\xff' >&3 &&
    [ "$(timeout 2 head -c 4 <&3 | wc -c)" = 4 ] ) 2>/dev/null
}
