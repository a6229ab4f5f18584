#!/usr/bin/env bash
# Records how the workloads scale now, so that it can be compared later: before and after KEDA, before and after a change. It changes nothing.
#   metrics-baseline.sh                        kubectl's present context, the file keda-baseline-TIME.json
#   metrics-baseline.sh --watch 600            and look every second for 600 s: the only way to see how long scaling really takes
#   metrics-baseline.sh --compare OLD.json     and show the difference to OLD.json
#   --out FILE             another file
#   --namespace NAME       only there; may be given again (all namespaces that have an autoscaler)
#   --dry-run              only show the table, write no file
#   --context NAME | --server URL
# A table for people and JSON, one workload a line. Per workload: replicas, its HPA with least, most and metrics, rescales that the events still
# know, CPU utilisation (the HPA's own, else kubectl top against the requests), and seconds from a new number of replicas until as many
# are available (up) or gone (down): measured by --watch; else, up only, from the last rescale event to the Deployment's Available condition, when
# no other scaling came between.
# "-" and null: not known. With PROM_URL set, some queries more: P95 of KEDA's scaling, scaler latency and errors, CPU of the mesh namespaces.
# Exit code: 0 recorded, 1 it broke off, 2 it could not begin.
# shellcheck disable=SC2016 # the dollars are awk's and the templates' own
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

out="" compare="" watch_for=0
namespaces=()
while [ "$#" -gt 0 ]; do
  common_option "$@"
  if [ "$taken" = 0 ]; then
    taken=1
    case "$1" in
      --out) value --out "${2:-}" "a file"; out=$2; taken=2 ;;
      --compare) value --compare "${2:-}" "a file"; compare=$2; taken=2; [ -f "$compare" ] || refuse "--compare: there is no file '$compare'" ;;
      --watch) watch_for=$(whole --watch "${2:-}" 1 86400) || exit 2; taken=2 ;;
      --namespace) value --namespace "${2:-}" "a name"; namespaces+=("$2"); taken=2 ;;
      *) unknown_option "$1" ;;
    esac
  fi
  shift "$taken"
done
if [ -n "$compare" ] && ! grep -q '"scale_up_seconds"' "$compare"; then refuse "--compare: $compare was not made by this script"; fi
need_any_cluster
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- how long it takes, by looking, and before the rest is read: replicas and rescales are those of the end. SECONDS since the start, workload, wanted, available
watch_it() {
  local began=$SECONDS template
  template='{{range .items}}{{.metadata.namespace}}/{{.kind}}/{{.metadata.name}} {{with .spec.replicas}}{{.}}{{else}}0{{end}} {{with .status}}{{with .availableReplicas}}{{.}}{{else}}0{{end}} {{with .replicas}}{{.}}{{else}}0{{end}}{{else}}0 0{{end}}{{"\n"}}{{end}}'
  while [ $((SECONDS - began)) -lt "$watch_for" ]; do
    k get deployments.apps,statefulsets.apps -A -o "go-template=$template" | sed "s/^/$((SECONDS - began)) /" || true
    sleep 1
  done | awk -v us="$us" '
    function told(kind) { print "S" us w us kind us at - since[w] }
    { at = $1; w = $2; wish = $3; up = $4; all = $5
      if (w in want && wish != want[w]) { since[w] = at; goal[w] = wish > want[w] ? "up" : "down" }
      want[w] = wish
      if (goal[w] == "up" && up >= wish) { told("up"); goal[w] = "" }
      if (goal[w] == "down" && all <= wish) { told("down"); goal[w] = "" } }'
}
if [ "$watch_for" -gt 0 ]; then say "watching '$cluster_name' for $watch_for s"; watch_it >"$work/rows"; fi

# --- what there is now
hpas='{{range .items}}H{{"\x1f"}}{{.metadata.namespace}}/{{.spec.scaleTargetRef.kind}}/{{.spec.scaleTargetRef.name}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{with .spec.minReplicas}}{{.}}{{else}}1{{end}}{{"\x1f"}}{{.spec.maxReplicas}}{{"\x1f"}}'
hpas+='{{range .spec.metrics}}{{if .external}}{{.external.metric.name}} {{else if .resource}}{{.resource.name}}:{{with .resource.target.averageUtilization}}{{.}}%{{end}} {{else}}{{.type}} {{end}}{{end}}{{"\x1f"}}'
hpas+='{{with .status}}{{range .currentMetrics}}{{with .resource}}{{if eq .name "cpu"}}{{with .current.averageUtilization}}{{.}}{{end}}{{end}}{{end}}{{end}}{{end}}{{"\n"}}{{end}}'
workloads='{{range .items}}W{{"\x1f"}}{{.metadata.namespace}}/{{.kind}}/{{.metadata.name}}{{"\x1f"}}{{with .spec.replicas}}{{.}}{{else}}0{{end}}{{"\x1f"}}{{with .status}}{{with .availableReplicas}}{{.}}{{else}}0{{end}}{{else}}0{{end}}{{"\x1f"}}'
workloads+='{{range .spec.template.spec.containers}}{{with .resources}}{{with .requests}}{{with .cpu}}{{.}} {{end}}{{end}}{{end}}{{end}}{{"\x1f"}}'
workloads+='{{with .status}}{{range .conditions}}{{if and (eq .type "Available") (eq .status "True")}}{{.lastTransitionTime}}{{end}}{{end}}{{end}}{{"\n"}}{{end}}'
rescales='{{range .items}}E{{"\x1f"}}{{.metadata.namespace}}/{{.involvedObject.name}}{{"\x1f"}}{{with .count}}{{.}}{{else}}1{{end}}{{"\x1f"}}{{with .lastTimestamp}}{{.}}{{end}}{{"\x1f"}}{{.message}}{{"\n"}}{{end}}'

k get horizontalpodautoscalers.v2.autoscaling -A -o "go-template=$hpas" >>"$work/rows" || refuse "the HPAs of '$cluster_name' can't be read"
k get deployments.apps,statefulsets.apps -A -o "go-template=$workloads" >>"$work/rows" || refuse "the Deployments of '$cluster_name' can't be read"
k get events -A --field-selector reason=SuccessfulRescale -o "go-template=$rescales" >>"$work/rows" || warn "events can't be read: rescales are not known"
k get events -A --field-selector reason=ScalingReplicaSet -o 'go-template={{range .items}}R{{"\x1f"}}{{.metadata.namespace}}/Deployment/{{.involvedObject.name}}{{"\x1f"}}{{with .lastTimestamp}}{{.}}{{end}}{{"\n"}}{{end}}' >>"$work/rows" || true
# Pods of a Deployment are named WORKLOAD-REPLICASET-POD, those of a StatefulSet WORKLOAD-NUMBER.
k top pods -A --no-headers 2>/dev/null | awk -v us="$us" '{ print "T" us $1 us $2 us $3 }' >>"$work/rows" || true

# --- Prometheus
query() {
  local value
  value=$(curl -sS --max-time 15 -G --data-urlencode "query=$2" "${PROM_URL%/}/api/v1/query" 2>/dev/null | grep -o '"value":\[[^]]*\]' | head -n 1 | cut -d '"' -f 4) || value=""
  case "$value" in '' | NaN | *Inf) value=null ;; esac
  printf '%s"%s":%s' "$comma" "$1" "$value" >>"$work/prometheus"
  comma=,
}
: >"$work/prometheus"
if [ -n "${PROM_URL:-}" ]; then
  need curl
  comma=""
  query scaling_p95_seconds 'histogram_quantile(0.95, sum by (le) (rate(keda_scaling_duration_seconds_bucket[1h])))'
  query scaler_latency_max_seconds 'max(keda_scaler_metrics_latency_seconds)'
  query scaler_errors_per_second 'sum(rate(keda_scaler_detail_errors_total[1h]))'
  query cpu_utilization_percent '100 * sum(rate(container_cpu_usage_seconds_total{namespace=~"artemis-mesh|sophia-mesh",container!=""}[5m])) / sum(kube_pod_container_resource_requests{namespace=~"artemis-mesh|sophia-mesh",resource="cpu"})'
fi

# --- one line a workload that has an autoscaler
taken_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
awk -F "$us" -v only=" ${namespaces[*]-} " '
  function seconds(t,  y, m, d) {  # days by the civil calendar, so that no date(1) is needed
    y = substr(t, 1, 4) + 0; m = substr(t, 6, 2) + 0; d = substr(t, 9, 2) + 0
    if (m <= 2) { y--; m += 12 }
    return ((365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d) * 24 + substr(t, 12, 2)) * 3600 + substr(t, 15, 2) * 60 + substr(t, 18, 2)
  }
  function cores(q) { return q ~ /m$/ ? substr(q, 1, length(q) - 1) / 1000 : q ~ /n$/ ? substr(q, 1, length(q) - 1) / 1e9 : q + 0 }
  function text(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); return "\"" s "\"" }
  function number(s) { return s == "" ? "null" : s }
  function median(list,  n, a, i, j, t) {
    n = split(list, a, " ")
    if (n == 0) return ""
    for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j] + 0 < a[j - 1] + 0; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
    return a[int((n + 1) / 2)]
  }
  $1 == "H" { w = $2; split(w, part, "/"); if (only !~ /^ *$/ && index(only, " " part[1] " ") == 0) next
    if (!(w in hpa)) list[++n] = w
    hpa[w] = hpa[w] (hpa[w] == "" ? "" : " ") $3; owner[part[1] "/" $3] = w; least[w] = $4; most[w] = $5; sub(/ $/, "", $6); metrics[w] = $6; cpu[w] = $7 }
  $1 == "W" { replicas[$2] = $3; ready[$2] = $4; r = split($5, ask, " "); for (i = 1; i <= r; i++) request[$2] += cores(ask[i]); since[$2] = $6 }
  $1 == "E" && ($2 in owner) { w = owner[$2]; count[w] += $3; if ($4 > last[w]) { last[w] = $4; rose[w] = $5 ~ /above target/ } }
  $1 == "R" { if ($3 > moved[$2]) moved[$2] = $3 }
  $1 == "S" { if ($3 == "up") ups[$2] = ups[$2] " " $4; else downs[$2] = downs[$2] " " $4 }
  $1 == "T" { pod = $3; sub(/-[^-]*$/, "", pod); w = $2 "/StatefulSet/" pod; if (!(w in replicas)) { sub(/-[^-]*$/, "", pod); w = $2 "/Deployment/" pod }; used[w] += cores($4); pods[w]++ }
  END {
    for (i = 1; i <= n; i++) {
      w = list[i]
      if (cpu[w] == "" && pods[w] > 0 && request[w] > 0) cpu[w] = int(100 * used[w] / (pods[w] * request[w]) + 0.5)
      up = median(ups[w])
      if (up == "" && rose[w] && since[w] >= last[w] && moved[w] != "" && seconds(moved[w]) - seconds(last[w]) <= 5) up = seconds(since[w]) - seconds(last[w])
      printf "{\"workload\":%s,\"replicas\":%s,\"available\":%s,\"hpa\":%s,\"min\":%s,\"max\":%s,\"metrics\":%s,\"cpu_utilization\":%s,\"rescales\":%d,\"last_rescale\":%s,\"scale_up_seconds\":%s,\"scale_down_seconds\":%s}\n",
        text(w), number(replicas[w]), number(ready[w]), text(hpa[w]), least[w], most[w], text(metrics[w]), number(cpu[w]), count[w], last[w] == "" ? "null" : text(last[w]), number(up), number(median(downs[w]))
    }
  }' "$work/rows" | sort >"$work/targets"
[ -s "$work/targets" ] || refuse "no workload with an HPA was found in '$cluster_name'"

{
  printf '{"taken":"%s","cluster":"%s","watched_seconds":%s,"targets":[\n' "$taken_at" "${cluster_name//[\\\"]/}" "$watch_for"
  sed '$!s/$/,/' "$work/targets"
  printf '],"prometheus":{%s}}\n' "$(cat "$work/prometheus")"
} >"$work/json"

# field NAME: reads lines of targets, gives WORKLOAD and that field's value.
table() {
  sed -n 's/^{"workload":"\([^"]*\)","replicas":\([^,]*\),"available":\([^,]*\),"hpa":"\([^"]*\)","min":\([^,]*\),"max":\([^,]*\),.*"cpu_utilization":\([^,]*\),"rescales":\([^,]*\),.*"scale_up_seconds":\([^,]*\),"scale_down_seconds":\([^,}]*\)}.*/\1 \2 \5 \6 \7 \8 \9/p' "$1" | sed 's/null/-/g'
}
downs() { sed -n 's/^{"workload":"\([^"]*\)".*"scale_down_seconds":\([^,}]*\)}.*/\1 \2/p' "$1" | sed 's/null/-/g'; }

# old: the same of the file that is compared with, in the namespaces that were asked for
old() { join <(table "$compare" | sort) <(downs "$compare" | sort) | awk -v only=" ${namespaces[*]-} " '{ split($1, part, "/"); if (only ~ /^ *$/ || index(only, " " part[1] " ")) print }' | sort; }

step "$taken_at, $cluster_name"
join <(table "$work/json" | sort) <(downs "$work/json" | sort) |
  awk 'BEGIN { printf "%-52s %8s %5s %5s %6s %9s %7s %7s\n", "workload", "replicas", "least", "most", "CPU %", "rescales", "up s", "down s" } { printf "%-52s %8s %5s %5s %6s %9s %7s %7s\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
if [ -s "$work/prometheus" ]; then say ""; tr ',' '\n' <"$work/prometheus" | tr -d '"' | sed 's/:/ /'; say ""; fi

if [ -n "$compare" ]; then
  step "Against $compare ($(sed -n 's/^{"taken":"\([^"]*\)".*/\1/p' "$compare")): old -> new"
  join -a 1 -a 2 -e - -o 0,1.2,1.5,1.7,1.8,2.2,2.5,2.7,2.8 \
    <(old) <(join <(table "$work/json" | sort) <(downs "$work/json" | sort) | sort) |
    awk 'function to(a, b,  share) { share = ""; if (a != "-" && b != "-" && a > 0 && a != b) share = sprintf(" (%+d %%)", (b - a) * 100 / a); return a " -> " b share }
      BEGIN { printf "%-52s %-16s %-20s %-22s %-22s\n", "workload", "replicas", "CPU %", "up s", "down s" }
      { printf "%-52s %-16s %-20s %-22s %-22s\n", $1, $2 " -> " $6, to($3, $7), to($4, $8), to($5, $9) }'
  say "Aims: up below 10 s, down below 60 s (from 60 s and 300 s with HPAs on CPU)."
fi

if [ -n "$dry_run" ]; then say "Nothing was written."; exit 0; fi
out=${out:-keda-baseline-$(date -u +%Y%m%d-%H%M%SZ).json}
cp "$work/json" "$out" || fail "$out can't be written"
say "written: $out"
