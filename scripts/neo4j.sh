#!/usr/bin/env bash
# A real Neo4j Community on this machine, without a container:
#   scripts/neo4j.sh up      start it and wait until it answers        scripts/neo4j.sh status  whether it runs
#   scripts/neo4j.sh down    stop it, the data stays                   scripts/neo4j.sh wipe    remove the data
#   scripts/neo4j.sh jars    only fetch the program, once
#   scripts/neo4j.sh run     in the foreground, for tests: when standard input ends, it is killed and its home removed
# Settings, all of the environment:
#   HUKUN_NEO4J_PORT (7687)              where it listens, on loopback
#   HUKUN_NEO4J_HOME (.neo4j/server)     data, logs, configuration and password
#   HUKUN_NEO4J_PASSWORD (a random one)  set when the home is made; from then on the file `password` there has it
#   HUKUN_NEO4J_HEAP_MB (512)            the heap; the page cache is half as large
#   HUKUN_NEO4J_CONF                     more lines of neo4j.conf
#   HUKUN_NEO4J_TRANSACTION_TIMEOUT (0)  after which the server ends a transaction, such as 15m; 0: never
#   HUKUN_NEO4J_JAVA_OPTIONS             more options of the JVM, separated by blanks
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's|.*<neo4j.version>\(.*\)</neo4j.version>.*|\1|p' scripts/neo4j/pom.xml)
program=.neo4j/$version # what was fetched
port=${HUKUN_NEO4J_PORT:-7687}
home=${HUKUN_NEO4J_HOME:-.neo4j/server}
heap_mb=${HUKUN_NEO4J_HEAP_MB:-512}
read -r -a java_options <<<"${HUKUN_NEO4J_JAVA_OPTIONS:-}"
pid_file=$home/java.pid
password_file=$home/password
# A cold start takes 4 to 12 s, on a machine with other work several times as long.
readonly start_s_max=180 stop_s_max=60

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Into a folder of its own first, so that what has the final name is whole.
fetch() {
  [[ ! -d $program ]] || return 0
  scripts/need.sh java mvn
  echo "fetching Neo4j $version (123 MB, once)" >&2
  mkdir -p .neo4j
  local fresh
  fresh=$(mktemp -d ".neo4j/fetch.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$fresh'" EXIT
  mvn --batch-mode --quiet -Dstyle.color=never --strict-checksums --file scripts/neo4j/pom.xml \
    dependency:copy-dependencies -DoutputDirectory="$PWD/$fresh/lib" >&2
  [[ -d $program ]] || mv "$fresh" "$program" # another run may have been faster
  rm -rf "$fresh"
  trap - EXIT
}

# The home: made once. Its configuration is written at each start, for it has the port and the memory.
prepare() {
  [[ ! -e $home || -z $(ls -A "$home") || -f $home/conf/neo4j.conf ]] ||
    fail "$home is not empty and no home of a Neo4j: name another folder in HUKUN_NEO4J_HOME"
  mkdir -p "$home/conf"
  home=$(cd "$home" && pwd)
  chmod 700 "$home"
  cat >"$home/conf/neo4j.conf" <<EOF
# Written by scripts/neo4j.sh at each start.
server.default_listen_address=127.0.0.1
server.default_advertised_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:$port
server.bolt.advertised_address=127.0.0.1:$port
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=$((heap_mb / 2))m
db.transaction.timeout=${HUKUN_NEO4J_TRANSACTION_TIMEOUT:-0}
# One transaction may not take the server down.
db.memory.transaction.max=$((heap_mb / 2))m
dbms.security.auth_enabled=true
dbms.usage_report.enabled=false
# 2 MB of data folder instead of 517 MB.
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=1 files
${HUKUN_NEO4J_CONF:-}
EOF
  [[ ! -f $password_file ]] || return 0
  local password=${HUKUN_NEO4J_PASSWORD:-}
  [[ -n $password ]] || password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
  # By a file of arguments: a command line is for every user to read.
  local arguments=$home/arguments
  (
    umask 077
    # shellcheck disable=SC2016 # Java reads the quotes
    printf '"%s"\n' -cp "$PWD/$program/lib/*" org.neo4j.server.startup.Neo4jAdminCommand \
      dbms set-initial-password "$password" >"$arguments"
  )
  NEO4J_HOME=$home java -XX:TieredStopAtLevel=1 "@$arguments" >"$home/console.log" 2>&1 ||
    fail "the password could not be set:" "$(tail -n 5 "$home/console.log")"
  rm "$arguments"
  (umask 077 && printf '%s\n' "$password" >"$password_file.new")
  mv "$password_file.new" "$password_file" # last: a home with a password is a whole one
}

# In place of the shell that calls it.
become_java() {
  local opens=() package
  for package in java.nio java.io sun.nio.ch java.util.concurrent; do
    opens+=(--add-opens "java.base/$package=ALL-UNNAMED")
  done
  exec java "-Xms${heap_mb}m" "-Xmx${heap_mb}m" "${opens[@]}" "${java_options[@]}" -cp "$program/lib/*" \
    org.neo4j.server.CommunityEntryPoint "--home-dir=$home" "--config-dir=$home/conf"
}

# The pid of the server of this home, if it runs. A pid alone may by now be another's.
running() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) || return 1
  { tr '\0' ' ' <"/proc/$pid/cmdline" || ps -o command= -p "$pid"; } 2>/dev/null |
    grep -qF -- "--home-dir=$(cd "$home" && pwd) " || return 1
  echo "$pid"
}

# Whether Bolt answers: 4.4 is offered and must be taken.
answers() {
  local answer=
  exec 9<>"/dev/tcp/127.0.0.1/$port" || return 1
  printf '\x60\x60\xb0\x17\0\0\x04\x04\0\0\0\0\0\0\0\0\0\0\0\0' >&9
  read -r -t 2 answer < <(head -c 4 <&9 | od -An -tx1) || true
  exec 9>&-
  [[ $answer == "00 00 04 04" ]]
} 2>/dev/null

taken() { (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

log_tail() {
  tail -n 15 "$home/console.log" "$home/logs/neo4j.log" 2>/dev/null || true
}

say_how() {
  echo "Neo4j $version answers on 127.0.0.1:$port; its home is $home. To serve from it:"
  echo "  HUKUN_STORE_PASSWORD_FILE=$password_file make run ARGS='--store neo4j://127.0.0.1:$port'"
  echo "The user is neo4j (HUKUN_STORE_USER); HUKUN_STORE_PASSWORD takes the password itself."
}

up() {
  fetch
  if running >/dev/null; then
    answers || fail "a Neo4j with this home runs, but not on port $port or not well: scripts/neo4j.sh down"
    echo "already running"
    say_how
    return
  fi
  ! taken || fail "port $port is taken by another program: stop it, or set HUKUN_NEO4J_PORT"
  prepare
  # What is ignored stays ignored in the program that takes over: the terminal may go.
  (trap '' HUP && become_java) </dev/null >"$home/console.log" 2>&1 &
  local pid=$! waited_s
  echo "$pid" >"$pid_file"
  for ((waited_s = 0; waited_s < start_s_max; waited_s++)); do
    if answers; then
      say_how
      return
    fi
    kill -0 "$pid" 2>/dev/null || fail "Neo4j ended while it started:" "$(log_tail)"
    sleep 1
  done
  kill -KILL "$pid"
  fail "Neo4j did not answer within $start_s_max s and was ended:" "$(log_tail)"
}

down() {
  local pid waited_s
  if ! pid=$(running); then
    echo "not running"
    return
  fi
  kill -TERM "$pid"
  for ((waited_s = 0; waited_s < stop_s_max; waited_s++)); do
    if ! running >/dev/null; then
      rm -f "$pid_file"
      echo "stopped; the data is kept in $home"
      return
    fi
    sleep 1
  done
  fail "Neo4j (pid $pid) did not stop within $stop_s_max s; kill -KILL $pid ends it, and it recovers at the next start"
}

status() {
  local pid
  if ! pid=$(running); then
    echo "not running"
    return 1
  fi
  answers || fail "runs (pid $pid), but does not answer on port $port:" "$(log_tail)"
  echo "running (pid $pid)"
  say_how
}

wipe() {
  ! running >/dev/null || fail "it runs: scripts/neo4j.sh down"
  [[ -d $home ]] || return 0
  [[ -f $home/conf/neo4j.conf ]] || fail "$home is no home of a Neo4j; nothing was removed"
  rm -rf "$home"
  echo "removed $home"
}

run() {
  fetch
  prepare
  (become_java) </dev/null >"$home/console.log" 2>&1 &
  local java=$! watch
  echo "$java" >"$pid_file.new"
  mv "$pid_file.new" "$pid_file" # who waits for it reads a whole one
  # Standard input ends when whoever holds the other end does, however that one died.
  exec 3<&0
  {
    while read -r; do :; done
    touch "$home/abandoned"
    kill -KILL "$java"
  } <&3 &
  watch=$!
  # Bash tells of a child that was killed, and whoever read that may be gone.
  trap '' PIPE
  wait "$java" || true
  kill "$watch" 2>/dev/null || true
  if [[ -e $home/abandoned ]]; then rm -rf "$home"; fi
}

case ${1:-} in
  jars) fetch ;;
  up | down | status | wipe | run) "$1" ;;
  *) fail "usage: scripts/neo4j.sh up | down | status | wipe | jars | run" ;;
esac
