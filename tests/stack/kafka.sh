#!/usr/bin/env bash
# A real Apache Kafka for the tests: one KRaft node on loopback, from Maven's jars.
#
#   kafka.sh fetch           fill the jar cache
#   kafka.sh start DIR       start it (again: nothing happens while it is up); writes DIR/env
#   kafka.sh stop  DIR       stop it; its data stays in DIR
#   kafka.sh cli   DIR CLASS ARGS...   run one of Kafka's own tools by its main class
#
# Its listeners, all behind an authorizer:
#   PLAINTEXT  everybody may do everything
#   SASL_SSL   SCRAM-SHA-512, SCRAM-SHA-256, PLAIN, OAUTHBEARER (unsecured tokens)
#   TLS        everybody may do everything
#   MTLS       wants a client certificate; "CN=client" may do everything
#   MISNAMED   as TLS, at an address that its certificate does not have
#
# KAFKA_HEAP=512m  heap
# KAFKA_WAIT=60    seconds until a start is given up
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
: "${KAFKA_HEAP:=512m}" "${KAFKA_WAIT:=60}"

usage() { sed -n '2,18s/^# \{0,1\}//p' "$0" >&2; exit 2; }
give_up() {
  echo "--- last lines of the broker's log" >&2
  tail -n 25 "$dir/kafka.log" >&2 2>/dev/null
  reap "$dir/pid" 5
  die "$1"
}

write_tls() {
  [ -f "$dir/tls/server.pem" ] && return 0
  mkdir -p "$dir/tls"
  (
    cd "$dir/tls" && umask 077 && cat >openssl.cnf <<'END' &&
[req]
distinguished_name=dn
prompt=no
[dn]
CN=kafka test
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[server]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1
[client]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
END
    new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf) &&
    openssl req -x509 "${new_key[@]}" -extensions ca -subj '/CN=kafka test CA' -days 3650 -keyout ca.key -out ca.pem &&
    openssl req "${new_key[@]}" -subj '/CN=localhost' -keyout server.key -out server.csr &&
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \
      -extfile openssl.cnf -extensions server -out server.crt &&
    # A client, and one of an authority that the broker does not know.
    openssl req -x509 "${new_key[@]}" -extensions ca -subj '/CN=another CA' -days 3650 -keyout other-ca.key -out other-ca.pem &&
    for name in client stranger; do
      ca=ca; [ "$name" = client ] || ca=other-ca
      openssl req "${new_key[@]}" -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" &&
      openssl x509 -req -in "$name.csr" -CA "$ca.pem" -CAkey "$ca.key" -CAcreateserial -days 3650 \
        -extfile openssl.cnf -extensions client -out "$name.pem" || exit 1
    done &&
    openssl pkcs8 -topk8 -v2 aes256 -in client.key -passout "pass:$KEY_PASSWORD" -out client.locked.key &&
    # Kafka wants one file: the PKCS#8 key, then the chain.
    cat server.key server.crt ca.pem >server.pem.part && mv server.pem.part server.pem
  ) >"$dir/tls/openssl.log" 2>&1 || { cat "$dir/tls/openssl.log" >&2; die "certificates failed"; }
}

# One line: the ports of PLAINTEXT, SASL_SSL, CONTROLLER, TLS, MTLS and MISNAMED
choose_ports() {
  local line=
  for _ in plain sasl controller tls mtls misnamed; do free_port; line+="$port "; done
  echo "$line" >"$dir/ports"
}

write_config() {
  local plain sasl controller tls mtls misnamed
  read -r plain sasl controller tls mtls misnamed _ <"$dir/ports"
  cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$plain,SASL_SSL://127.0.0.1:$sasl,TLS://127.0.0.1:$tls,MTLS://127.0.0.1:$mtls,MISNAMED://127.0.0.2:$misnamed,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$plain,SASL_SSL://127.0.0.1:$sasl,TLS://127.0.0.1:$tls,MTLS://127.0.0.1:$mtls,MISNAMED://127.0.0.2:$misnamed
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,TLS:SSL,MTLS:SSL,MISNAMED:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/data

sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_$API_KEY="$API_SECRET";
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="unused";
ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/tls/ca.pem
listener.name.mtls.ssl.client.auth=required

authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:$ADMIN_USER;User:$API_KEY;User:CN=client
allow.everyone.if.no.acl.found=false

auto.create.topics.enable=false
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=8388608
END
  cat >"$dir/log4j2.properties" <<'END'
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
END
}

# Cluster id and users are laid down once; a folder once formatted is left as it is.
format() {
  [ -f "$dir/cluster.id" ] ||
    head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=' | sed 's/^-/A/' >"$dir/cluster.id"
  [ -f "$dir/data/meta.properties" ] && return 0
  "$JAVA" -Xmx128m "${JVM_FAST[@]}" -cp "$jars/*" "-Dlog4j2.configurationFile=$dir/log4j2.properties" \
    kafka.tools.StorageTool format -c "$dir/server.properties" -t "$(cat "$dir/cluster.id")" --ignore-formatted \
    --add-scram "SCRAM-SHA-512=[name=$ADMIN_USER,password=$ADMIN_PASSWORD]" \
    --add-scram "SCRAM-SHA-256=[name=$ADMIN_USER,password=$ADMIN_PASSWORD]" \
    --add-scram "SCRAM-SHA-512=[name=$LIMITED_USER,password=$LIMITED_PASSWORD]" \
    >"$dir/format.log" 2>&1 || { tail -n 25 "$dir/format.log" >&2; die "format failed"; }
}

# launch: 0 up, 1 failed, 2 a port was taken by somebody else meanwhile
launch() {
  local end
  alive "$dir/pid" && return 0
  : >"$dir/kafka.log"
  spawn "$dir/pid" "$dir/kafka.log" \
    "$JAVA" "-Xmx$KAFKA_HEAP" -Xms64m "${JVM_FAST[@]}" -cp "$jars/*" \
    "-Dlog4j2.configurationFile=$dir/log4j2.properties" kafka.Kafka "$dir/server.properties"
  end=$((SECONDS + KAFKA_WAIT))
  while [ $SECONDS -lt $end ]; do
    if ! alive "$dir/pid"; then
      grep -q 'Address already in use' "$dir/kafka.log" && return 2
      return 1
    fi
    grep -q 'Kafka Server started' "$dir/kafka.log" && return 0
    sleep 0.1
  done
  echo "kafka.sh: not ready within $KAFKA_WAIT s" >&2
  return 1
}

cli() {
  "$JAVA" -Xmx256m "${JVM_FAST[@]}" -cp "$jars/*" -Dlog4j2.level=WARN \
    "-Dlog4j2.configurationFile=$dir/log4j2-cli.properties" "$@"
}

# The limited user may do what producers and consumers do with topics and groups "allowed-*".
# This call also proves that an AdminClient is answered.
add_acls() {
  local plain
  read -r plain _ <"$dir/ports"
  sed 's/^rootLogger.level=.*/rootLogger.level=ERROR/; /Console/a appender.out.target=SYSTEM_ERR' \
    "$dir/log4j2.properties" >"$dir/log4j2-cli.properties"
  [ -f "$dir/acls.done" ] && return 0
  cli org.apache.kafka.tools.AclCommand --bootstrap-server "127.0.0.1:$plain" --add \
    --allow-principal "User:$LIMITED_USER" --producer --consumer \
    --topic "$LIMITED_PREFIX" --group "$LIMITED_PREFIX" --resource-pattern-type prefixed \
    >"$dir/acls.log" 2>&1 || { tail -n 20 "$dir/acls.log" >&2; return 1; }
  touch "$dir/acls.done"
}

write_env() {
  local plain sasl tls mtls misnamed pid
  read -r plain sasl _ tls mtls misnamed _ <"$dir/ports"
  read -r pid _ <"$dir/pid"
  cat >"$dir/env.part" <<END
KAFKA_BOOTSTRAP=127.0.0.1:$plain
KAFKA_BOOTSTRAP_SASL_SSL=127.0.0.1:$sasl
KAFKA_BOOTSTRAP_TLS=127.0.0.1:$tls
KAFKA_BOOTSTRAP_MTLS=127.0.0.1:$mtls
KAFKA_BOOTSTRAP_MISNAMED=127.0.0.2:$misnamed
KAFKA_CA_FILE=$dir/tls/ca.pem
KAFKA_OTHER_CA_FILE=$dir/tls/other-ca.pem
KAFKA_CLIENT_CERT_FILE=$dir/tls/client.pem
KAFKA_CLIENT_KEY_FILE=$dir/tls/client.locked.key
KAFKA_CLIENT_KEY_PASSWORD=$KEY_PASSWORD
KAFKA_STRANGER_CERT_FILE=$dir/tls/stranger.pem
KAFKA_STRANGER_KEY_FILE=$dir/tls/stranger.key
KAFKA_ADMIN_USER=$ADMIN_USER
KAFKA_ADMIN_PASSWORD=$ADMIN_PASSWORD
KAFKA_LIMITED_USER=$LIMITED_USER
KAFKA_LIMITED_PASSWORD=$LIMITED_PASSWORD
KAFKA_LIMITED_PREFIX=$LIMITED_PREFIX
KAFKA_API_KEY=$API_KEY
KAFKA_API_SECRET=$API_SECRET
KAFKA_PID=$pid
END
  mv "$dir/env.part" "$dir/env"
  cat "$dir/env"
}

start() {
  local try rc
  need openssl awk setsid; check_java; fetch_jars
  write_tls
  for try in 1 2 3; do
    [ -f "$dir/ports" ] && [ "$(wc -w <"$dir/ports")" = 6 ] || choose_ports
    alive "$dir/pid" || { write_config; format; }
    launch; rc=$?
    [ $rc = 0 ] && break
    if [ $rc = 2 ] && [ "$try" -lt 3 ]; then
      reap "$dir/pid" 20
      rm -f "$dir/ports"; continue
    fi
    give_up "start failed"
  done
  add_acls || give_up "the ACLs could not be made"
  write_env
}

[ $# -ge 1 ] || usage
cmd=$1; shift
if [ "$cmd" = fetch ]; then check_java; fetch_jars; echo "$jars"; exit 0; fi
[ $# -ge 1 ] || usage
mkdir -p "$1" || die "cannot make $1"
dir=$(cd "$1" && pwd); shift

# Loopback test accounts, not secrets.
ADMIN_USER=admin ADMIN_PASSWORD=admin-secret
LIMITED_USER=limited LIMITED_PASSWORD=limited-secret LIMITED_PREFIX=allowed-
API_KEY=TESTAPIKEY0000 API_SECRET=test-api-secret
KEY_PASSWORD=key-secret

[ "$cmd" = cli ] || lock_dir "$dir"
case $cmd in
  start) start ;;
  stop) reap "$dir/pid" 30; rm -f "$dir/env" ;;
  cli) [ $# -ge 1 ] || usage; cli "$@" ;;
  *) usage ;;
esac
