#!/usr/bin/env bash
# The end-to-end tests that hold for any host (tests/Integration/AnyHost), against the real Functions host: func from Azure Functions Core
# Tools, with Azurite, a Redis and the sandbox as cluster. All of it is started here, on loopback, and stopped in the end.
#   tests/azure.sh              all of them
#   tests/azure.sh <filter>     only these, as dotnet test --filter takes it
# Ports, where the usual ones are taken: FUNC_PORT (7071), CLUSTER_PORT (8001), RECEIVERS_PORT (8002), REDIS_PORT (6379),
# AZURITE_BLOB_PORT (10000), AZURITE_QUEUE_PORT (10001), AZURITE_TABLE_PORT (10002). NO_BUILD=1: the tests have been built.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
filter=${1:-FullyQualifiedName~AnyHost}
func_port=${FUNC_PORT:-7071} cluster_port=${CLUSTER_PORT:-8001} receivers_port=${RECEIVERS_PORT:-8002} redis_port=${REDIS_PORT:-6379}
blob_port=${AZURITE_BLOB_PORT:-10000} queue_port=${AZURITE_QUEUE_PORT:-10001} table_port=${AZURITE_TABLE_PORT:-10002}
func_url=http://127.0.0.1:$func_port

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

for program in dotnet node npx func redis-server curl git setsid; do
  command -v "$program" >/dev/null || fail "$program is not installed. func comes with the npm package azure-functions-core-tools@4."
done

work=$(mktemp -d)
logs=$work/logs app=$work/app
mkdir "$logs" "$app"

# Each program leads a process group of its own, whose number is kept: exactly what was started here is stopped.
groups=()
launch() {
  local name=$1; shift
  setsid "$@" >>"$logs/$name.log" 2>&1 </dev/null &
  groups+=("$!")
}

stop_func() {
  local group
  touch "$work/no-more-func"
  group=$(cat "$work/func.group" 2>/dev/null || true)
  if [ -n "$group" ]; then kill -KILL -- "-$group" 2>/dev/null || true; fi
}

finish() {
  local code=$? group
  stop_func
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
  for group in "${groups[@]}"; do wait "$group" 2>/dev/null || true; done
  if [ "$code" != 0 ]; then
    for log in "$logs"/*.log; do say "--- the end of $(basename "$log")"; tail -n 60 "$log"; done
  fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# wait_for SECONDS WHAT COMMAND...
wait_for() {
  local seconds=$1 what=$2 began=$SECONDS; shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - began)) -ge "$seconds" ]; then fail "Not within $seconds s: $what"; fi
    sleep 0.3
  done
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
get() { curl -fsS -m 20 -H 'x-functions-key: the-key-of-the-viewer' "$func_url/api/$1"; }

for port in "$func_port" "$cluster_port" "$receivers_port" "$redis_port" "$blob_port" "$queue_port" "$table_port"; do
  if listens "$port"; then fail "Something listens on port $port already."; fi
done

if [ -z "${NO_BUILD:-}" ]; then dotnet build "$root/tests/Integration" -v quiet -nologo; fi

# A scratch copy of the tree, so that nobody's own local.settings.json is touched or read.
(cd "$root" && git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -f "$file" ]; then printf '%s\0' "$file"; fi
done | tar --null -T - -c) | tar -x -C "$app"

cp "$app/local.settings.sample.json" "$app/local.settings.json"
# settings NAME=VALUE...: changes of local.settings.json
settings() {
  node -e '
    const fs = require("fs"), [file, ...pairs] = process.argv.slice(1), text = JSON.parse(fs.readFileSync(file, "utf8"));
    for (const pair of pairs) { const at = pair.indexOf("="); text.Values[pair.slice(0, at)] = pair.slice(at + 1); }
    fs.writeFileSync(file, JSON.stringify(text, null, 2));' "$app/local.settings.json" "$@"
}
mapfile -t shared < <(node -e 'for (const pair of Object.entries(require(process.argv[1]))) console.log(pair.join("="))' "$app/tests/Integration/AnyHost/settings.json")
settings "${shared[@]}" \
  "Kubernetes:Server=http://127.0.0.1:$cluster_port" \
  "State:Redis:Endpoints=127.0.0.1:$redis_port" \
  "Policy:File=$app/tests/Integration/AnyHost/policy.yaml" \
  "Pages:Slack:WebhookUrl=http://127.0.0.1:$receivers_port/slack/incoming" \
  "Pages:PagerDuty:Url=http://127.0.0.1:$receivers_port/pagerduty/v2/enqueue"
if [ "$blob_port" != 10000 ] || [ "$queue_port" != 10001 ] || [ "$table_port" != 10002 ]; then
  # UseDevelopmentStorage=true means the usual ports, and an account that Azurite brings: elsewhere it gets one of this run.
  key=$(node -p 'require("crypto").randomBytes(32).toString("base64")')
  export AZURITE_ACCOUNTS=reactor:$key
  settings "AzureWebJobsStorage=DefaultEndpointsProtocol=http;AccountName=reactor;AccountKey=$key;BlobEndpoint=http://127.0.0.1:$blob_port/reactor;QueueEndpoint=http://127.0.0.1:$queue_port/reactor;TableEndpoint=http://127.0.0.1:$table_port/reactor;"
fi

mkdir "$work/azurite" "$work/redis"
launch azurite npx --yes azurite --silent --location "$work/azurite" --blobPort "$blob_port" --queuePort "$queue_port" --tablePort "$table_port"
launch redis redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly yes --appendfsync always --dir "$work/redis"
launch sandbox dotnet run --no-build --project "$root/infra/sandbox" -- --serve --cluster-port "$cluster_port" --receivers-port "$receivers_port"
wait_for 120 "Azurite on port $blob_port" listens "$blob_port"
wait_for 30 "Redis on port $redis_port" listens "$redis_port"
wait_for 120 "the sandbox on port $cluster_port" curl -fsS "http://127.0.0.1:$cluster_port/sandbox/state"

# Starts func, and starts it again whenever it was killed, until it is told not to.
port_option=
if [ "$func_port" != 7071 ]; then port_option="--port $func_port"; fi
cat >"$work/func-again" <<SCRIPT
#!/usr/bin/env bash
cd '$app'
while [ ! -e '$work/no-more-func' ]; do
  setsid func start --script-root functions/Azure $port_option &
  echo "\$!" >'$work/func.group'
  wait "\$!"
done
SCRIPT
start_func() {
  rm -f "$work/no-more-func"
  launch func bash "$work/func-again"
  wait_for 300 "func answers $func_url/api/health/live" curl -fsS -m 5 "$func_url/api/health/live"
}

# A timer by hand, while its schedule lets it rest (half a day from now): so it is the POST that made it run.
sed 's/health_check_interval: .*/health_check_interval: 24h/' "$app/tests/Integration/AnyHost/policy.yaml" >"$work/slow-policy.yaml"
settings "Policy:File=$work/slow-policy.yaml" "Reconcile:Schedule=0 0 $(((10#$(date -u +%H) + 12) % 24)) * * *"
start_func
get health | grep -q 'no probe has been made yet' || fail "A run was made before any timer fired."
fired=$(curl -sS -m 30 -o /dev/null -w '%{http_code}' -X POST -H 'Content-Type: application/json' -d '{}' "$func_url/admin/functions/Reconcile")
[ "$fired" = 202 ] || fail "POST /admin/functions/Reconcile was answered $fired, expected 202."
probed() { get metrics | grep -q '^reactor_last_probe_timestamp_seconds'; }
wait_for 60 "a probe after the timer was fired by hand" probed
say "The timer Reconcile ran when it was fired by hand."

# Now by its schedule.
stop_func
wait "${groups[-1]}" 2>/dev/null || true
settings "Policy:File=$app/tests/Integration/AnyHost/policy.yaml"
for setting in "${shared[@]}"; do
  case $setting in Reconcile:Schedule=*) settings "$setting" ;; esac
done
start_func

export REACTOR_TEST_HOST=$func_url REACTOR_TEST_HOST_CLUSTER=http://127.0.0.1:$cluster_port REACTOR_TEST_HOST_RECEIVERS=http://127.0.0.1:$receivers_port
export REACTOR_TEST_HOST_KILL="kill -KILL -- -\$(cat '$work/func.group')"
dotnet test "$root/tests/Integration" --no-build --nologo --filter "$filter" --logger "console;verbosity=normal"
