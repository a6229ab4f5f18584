#!/usr/bin/env bash
# The whole story on a cluster with real KEDA (kind or any other): KEDA's operator is stopped, the reactor moves a workload to its
# fallback HPA; the operator returns, the reactor hands the workload back.
#   tests/kind.sh --stop-keda                 on kubectl's present context
#   tests/kind.sh --stop-keda --context NAME  on another one
# --stop-keda (or REACTOR_TEST_KUBERNETES_MAY_STOP_KEDA=1) says that KEDA may stand still for some minutes in that whole cluster.
# It needs kubectl, curl and the .NET SDK. It makes one namespace and two cluster roles of its own name and removes them, whatever happens.
# Settings: REACTOR_TEST_IMAGE (what the sample workload runs), REACTOR_TEST_PORT (of the reactor, 7171), REACTOR_TEST_COMMAND (the command that
# starts the reactor, instead of building it), REACTOR_TEST_PATIENCE (seconds for each step, 300).
# Exit code: 0 all went well, 1 something did not, 2 it could not begin.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

may_stop=${REACTOR_TEST_KUBERNETES_MAY_STOP_KEDA:-} context=()
while [ "$#" -gt 0 ]; do
  case "$1" in
    --stop-keda) may_stop=1 ;;
    --context) context=(--context "${2:?--context needs a name}"); shift ;;
    *) echo "Unknown: $1. Known are --stop-keda and --context NAME." >&2; exit 2 ;;
  esac
  shift
done

patience=${REACTOR_TEST_PATIENCE:-300}
port=${REACTOR_TEST_PORT:-7171}
id=$(od -An -N3 -tx1 /dev/urandom | tr -d ' \n')
ns="reactor-e2e-$id" app=sample
name="sophia-keda-reactor-$id"
work=$(mktemp -d)
reactor="" keda_ns="" operator="" replicas="" made="" went_well=""

say() { printf '%s\n' "$*"; }
step() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
cannot() { say "Can't begin: $*" >&2; exit 2; }
k() { kubectl "${context[@]}" "$@"; }
api() { curl -sS --max-time 15 -H "Authorization: Bearer $key" "http://127.0.0.1:$port/api/$1"; }

# until_so WHAT COMMAND...: repeats the command until it succeeds.
until_so() {
  local what=$1 began=$SECONDS
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - began)) -ge "$patience" ]; then say "Not within $patience s: $what"; return 1; fi
    if [ -n "$reactor" ] && ! kill -0 "$reactor" 2>/dev/null; then say "The reactor has ended."; return 1; fi
    sleep 0.5
  done
  step "$what"
}

show_why() {
  say "--- what the reactor said last"
  tail -n 30 "$work/reactor.log" 2>/dev/null || true
  say "--- what stands in the cluster"
  k -n "$ns" get scaledobjects,hpa,deployments 2>&1 || true
  k -n "$ns" get events --sort-by=.lastTimestamp 2>&1 | tail -n 15 || true
}

clean_up() {
  local code=$?
  trap - EXIT INT TERM
  if [ -z "$went_well" ] && [ -n "$made" ]; then show_why; fi
  if [ -n "$reactor" ]; then kill "$reactor" 2>/dev/null || true; wait "$reactor" 2>/dev/null || true; fi
  if [ -n "$replicas" ]; then
    k -n "$keda_ns" scale deployment "$operator" --replicas="$replicas" >/dev/null || { say "KEDA's operator could NOT be scaled back: kubectl -n $keda_ns scale deployment $operator --replicas=$replicas"; code=1; }
  fi
  if [ -n "$made" ]; then
    k delete clusterrolebinding,clusterrole -l "reactor-e2e=$id" --ignore-not-found >/dev/null || code=1
    # KEDA's finalizer on the ScaledObject needs the operator that was just started again.
    k delete namespace "$ns" --ignore-not-found --timeout="${patience}s" >/dev/null || { say "The namespace $ns could NOT be removed."; code=1; }
    step "cleaned up"
  fi
  rm -rf "$work"
  exit "$code"
}

for program in kubectl curl; do command -v "$program" >/dev/null || cannot "no $program"; done
[ "$may_stop" = 1 ] || cannot "it stops KEDA's operator for everybody in the cluster; --stop-keda allows that"
trap clean_up EXIT
trap 'exit 1' INT TERM

# --- the cluster
server=$(k config view --raw --minify -o jsonpath='{.clusters[0].cluster.server}')
[ -n "$server" ] || cannot "kubectl has no cluster"
k version >/dev/null 2>&1 || cannot "$server does not answer"
found=$(k get deployments -A -l app.kubernetes.io/part-of=keda-operator \
  -o jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name} {.spec.replicas} {.status.availableReplicas}{"\n"}{end}')
read -r keda_ns operator before available < <(grep -E '^[^ ]+ [^ ]*operator' <<<"$found") || cannot "no operator of KEDA in $server"
[ "${available:-0}" -gt 0 ] || cannot "KEDA's operator $keda_ns/$operator is not up"
say "Cluster $server, KEDA's operator $keda_ns/$operator ($before replicas), namespace $ns"

ca=$(k config view --raw --minify -o jsonpath='{.clusters[0].cluster.certificate-authority-data}')
file=$(k config view --raw --minify -o jsonpath='{.clusters[0].cluster.certificate-authority}')
if [ -n "$ca" ]; then base64 -d <<<"$ca" >"$work/ca.crt"; elif [ -n "$file" ]; then cp "$file" "$work/ca.crt"; fi

hour=$((10#$(date -u +%H)))

# --- a workload that KEDA scales, and the reactor's rights under names of its own
made=yes
k apply -f - >/dev/null <<YAML
apiVersion: v1
kind: Namespace
metadata: {name: $ns}
YAML
k apply -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: $app, namespace: $ns}
spec:
  replicas: 2
  selector: {matchLabels: {app: $app}}
  template:
    metadata: {labels: {app: $app}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: app
          image: ${REACTOR_TEST_IMAGE:-rancher/mirrored-pause:3.6}
          resources: {requests: {cpu: 1m}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: $app, namespace: $ns}
spec:
  scaleTargetRef: {name: $app}
  minReplicaCount: 2
  maxReplicaCount: 6
  pollingInterval: 5
  triggers:
    # Active from two hours ago for twelve: live metrics that need no source.
    - type: cron
      metadata: {timezone: UTC, start: "0 $(((hour + 22) % 24)) * * *", end: "0 $(((hour + 10) % 24)) * * *", desiredReplicas: "3"}
YAML
sed -e "s/sophia-keda-reactor/@NAME@/g; s/keda-reactor/$ns/g; s/sophia-mesh/$ns/g; s/@NAME@/$name/g" \
  infra/keda/base/reactor/rbac.yaml <(echo ---) infra/keda/base/reactor/writes/writes.yaml | k -n "$ns" apply -f - >/dev/null
k label clusterrole "$name-reads" "reactor-e2e=$id" >/dev/null
k label clusterrolebinding "$name-reads" "reactor-e2e=$id" >/dev/null

hpa_scales() { [ "$(k -n "$ns" get hpa "$1" -o jsonpath='{.status.conditions[?(@.type=="ScalingActive")].status}')" = True ]; }
gone() { ! k -n "$ns" get hpa "$1"; }
stands() { k -n "$ns" get hpa "$1"; }
until_so "KEDA's HPA scales" hpa_scales "keda-hpa-$app"

# --- the reactor, with no other rights than its own
k -n "$ns" create token "$name" --duration=4h >"$work/token"
cat >"$work/policy.yaml" <<YAML
thresholds:
  unhealthy_for: 20s
monitoring:
  health_check_interval: 5s
  recovery_test_period: 40s
  alert_channels: []
fallback:
  replicas: 4
recovery:
  cooldown_period: 10s
  verify_probes: 2
  wave_soak: 30s
YAML
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
if [ -n "${REACTOR_TEST_COMMAND:-}" ]; then
  read -ra start <<<"$REACTOR_TEST_COMMAND"
else
  dotnet build functions -v quiet -nologo
  start=(dotnet "$PWD/functions/bin/Debug/net10.0/Sophia.Keda.Reactor.Functions.dll")
fi
(
  cd "$work"
  export Cluster__Name="e2e-$id" Kubernetes__Server="$server" Kubernetes__TokenFile="$work/token" Kubernetes__Namespaces="$ns"
  if [ -s ca.crt ]; then export Kubernetes__CaFile="$work/ca.crt"; fi
  export Policy__File="$work/policy.yaml" State__Path="$work/reactor.db" State__Durability=relaxed Reconcile__Schedule="*/5 * * * * *"
  Memory__Key=$(secret) Keys__Viewer=$(secret) Keys__Sender=$(secret)
  # The policy above names no channel: nobody is to be paged.
  export Memory__Key Keys__Viewer Keys__Sender Keys__Operator="$key" Pages__None=accepted
  exec "${start[@]}" --port "$port"
) >"$work/reactor.log" 2>&1 &
reactor=$!
api_says() { api "$1" | grep -q "$2"; }
until_so "the reactor runs" api_says breakers "\"$app\""
until_so "it finds nothing wrong" api_says incidents '"open":\[\]'

# --- the operator goes
replicas=$before
k -n "$keda_ns" scale deployment "$operator" --replicas=0 >/dev/null
step "KEDA's operator is scaled to 0"
until_so "the fallback HPA stands" stands "$app-fallback"
until_so "KEDA's HPA is gone" gone "keda-hpa-$app"
at_least() { [ "$(k -n "$ns" get deployment "$app" -o jsonpath='{.spec.replicas}')" -ge "$1" ]; }
until_so "the workload has its 4 replicas" at_least 4
incident=$(api incidents | grep -o '"id":"[^"]*"' | head -n 1 | cut -d '"' -f 4)
[ -n "$incident" ] || { say "No incident is open."; exit 1; }
step "incident $incident is open"

# --- the operator returns
k -n "$keda_ns" scale deployment "$operator" --replicas="$before" >/dev/null
replicas=""
step "KEDA's operator is scaled back to $before"
until_so "KEDA's HPA is back" stands "keda-hpa-$app"
until_so "the fallback HPA is gone" gone "$app-fallback"
until_so "the incident is closed" api_says incidents '"open":\[\]'
until_so "KEDA's HPA scales again" hpa_scales "keda-hpa-$app"
left=$(k -n "$ns" get scaledobject "$app" -o jsonpath='{.metadata.annotations}')
case "$left" in *autoscaling.keda.sh/paused*|*reactor.sophia-intel.ai/*) say "Marks were left behind: $left"; exit 1 ;; esac

# --- the trail
api "audit?limit=1000" >"$work/audit.json"
numbers=$(grep -o '"sequence":[0-9]*' "$work/audit.json" | cut -d : -f 2)
[ "$numbers" = "$(seq 1 "$(wc -l <<<"$numbers")")" ] || { say "The audit trail has a gap."; exit 1; }
for reason in incidentOpened incidentClosed; do
  [ "$(grep -o "\"reason\":\"$reason\"" "$work/audit.json" | wc -l)" = 1 ] || { say "The audit trail has not one $reason."; exit 1; }
done
went_well=yes
step "the audit trail tells it in $(wc -l <<<"$numbers") records without a gap"
say "All went well."
