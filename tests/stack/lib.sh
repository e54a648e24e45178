# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the scripts that source this
# Download cache, free ports, process start and stop for the services that the tests run against.
#
# STACK_CACHE    folder for downloads, kept between runs
# KAFKA_VERSION  Kafka to fetch

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${STACK_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-confluent-tests}" "${KAFKA_VERSION:=4.3.1}"
jars="$STACK_CACHE/kafka-$KAFKA_VERSION"
JAVA="${JAVA_HOME:+$JAVA_HOME/bin/}java"
# A short start and a small footprint matter here, peak throughput does not.
JVM_FAST=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Djava.awt.headless=true)

die() { echo "${0##*/}: $*" >&2; exit 1; }
need() { local c; for c in "$@"; do command -v "$c" >/dev/null || die "needs '$c'"; done; }

# One start or stop at a time in one DIR.
lock_dir() {
  need flock
  exec 8>"$1/.lock"
  flock -w 180 8 || die "another start or stop holds $1"
}

# once FOLDER FUNCTION: fills FOLDER once, also when several start at the same time. FUNCTION gets
# an empty folder to fill and is tried three times; an interrupted fetch leaves no half-filled FOLDER.
once() {
  [ -f "$1/.complete" ] && return 0
  need flock
  mkdir -p "$STACK_CACHE"
  (
    flock 9
    [ -f "$1/.complete" ] && exit 0
    part="$1.part"
    for try in 1 2 3; do
      rm -rf "$part" "$1"; mkdir -p "$part"
      # not '&& break': set -e is not in force, and FUNCTION must stop at its own first failure
      if "$2" "$part" >"$1.fetch.log" 2>&1; then touch "$part/.complete" && mv "$part" "$1" && exit 0; fi
      [ "$try" = 3 ] || sleep $((try * 2))
    done
    rm -rf "$part"
    tail -n 30 "$1.fetch.log" | sed -E 's#https?://[^ ]*#<registry>#g' >&2
    exit 1
  ) 9>"$STACK_CACHE/.${1##*/}.lock" || die "${1##*/} could not be fetched"
}

# java_major JAVA: 17 for 17.0.15, 0 where there is none
java_major() {
  local v
  v=$("$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
  case $v in ''|1.*|*[!0-9]*) echo 0 ;; *) echo "$v" ;; esac
}

# dependency GOAL ARGS...: Maven's dependency plugin
dependency() {
  local goal=$1; shift
  mvn -B -ntp -q "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:$goal" "$@"
}

copy_kafka_jars() {
  dependency copy-dependencies -f "$here/kafka-pom.xml" "-Dkafka.version=$KAFKA_VERSION" \
    -DincludeScope=runtime "-DoutputDirectory=$1"
}
fetch_jars() { [ -f "$jars/.complete" ] || { need mvn; once "$jars" copy_kafka_jars; }; }
check_java() { [ "$(java_major "$JAVA")" -ge 17 ] || die "needs a Java of 17 or newer"; }

# The ports lie below Linux's ephemeral range (32768-60999), so that no outgoing
# connection takes one between the choice here and the bind in the JVM.
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
  local p _
  for _ in $(seq 200); do
    p=$((20000 + RANDOM % 12000))
    case " ${taken_ports:-} " in *" $p "*) continue ;; esac
    port_open "$p" || { taken_ports="${taken_ports:-} $p"; port=$p; return 0; }
  done
  die "found no free port"
}

# A pid file holds the pid and its start time, so that a pid used again is never taken for ours.
start_time() {
  local line
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # shellcheck disable=SC2086  # the fields after "(name)": the state is the 1st, the start the 20th
  set -- ${line##*) }
  [ "$1" != Z ] && echo "${20}"
}
alive() {
  local pid born
  [ -f "$1" ] && read -r pid born <"$1" && [ -n "$born" ] && [ "$(start_time "$pid")" = "$born" ]
}

# spawn PIDFILE LOG CMD...: in the background, in a session of its own, with nothing of
# the caller's files held open (a CI step that waits for its pipe to close must not hang)
spawn() {
  local pidfile=$1 log=$2; shift 2
  setsid "$@" </dev/null >>"$log" 2>&1 8>&- 9>&- &
  echo "$! $(start_time $!)" >"$pidfile"
  disown
}

# reap PIDFILE SECONDS: SIGTERM, a bounded wait, then SIGKILL
reap() {
  local pid end
  if alive "$1"; then
    read -r pid _ <"$1"
    # A stopped process takes no SIGTERM until it goes on.
    kill -CONT "$pid" 2>/dev/null
    kill -TERM "$pid" 2>/dev/null
    end=$((SECONDS + $2))
    while alive "$1" && [ $SECONDS -lt $end ]; do sleep 0.1; done
    if alive "$1"; then
      echo "${0##*/}: pid $pid did not stop in $2 s, killed" >&2
      kill -KILL "$pid" 2>/dev/null; sleep 0.2
    fi
  fi
  rm -f "$1"
}
