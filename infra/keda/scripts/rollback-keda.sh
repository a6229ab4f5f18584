#!/usr/bin/env bash
# Moves every ScaledObject's workload from KEDA to a plain CPU HPA, or back with --restore. Run it as often as you like: it looks at what is,
# and does what is missing.
#   rollback-keda.sh --context NAME                     back up, then move all
#   rollback-keda.sh --context NAME --restore FOLDER    undo what the run that made FOLDER did
#   --dry-run              say what would be done, change nothing, write nothing
#   --force                skip the checks before (CPU metrics, rights; with --restore: that KEDA's operator is up)
#   --preserve-monitoring  keep KEDA's PrometheusRules and ServiceMonitors; without it they are removed after the backup, unless the reactor did it
#   --backup-dir FOLDER    where the backup goes (keda-rollback-TIME here)
#   --namespace NAME       only there; may be given again (all namespaces)
#   --replicas N           least replicas of a fallback that has no spec.fallback.replicas (10)
#   --cpu N                percent of the CPU request that it aims at (60)
#   --no-reactor           do it by hand although the reactor answers
#   --server URL           in place of --context: an API server without credentials, such as the sandbox
#   --timeout SECONDS      how long to wait for each step (120)
# With REACTOR_URL and REACTOR_KEY (an operator's) set and the reactor well, this gives it a manual trip of the whole cluster and only watches:
# it has the memory, the audit trail and the careful way back. What it leaves alone this leaves alone too.
# The order, for each workload: pause the ScaledObject, delete KEDA's HPA, create the fallback HPA. So there are never two.
# Its least replicas are what ran at that moment, if that was more: lower them by hand when the load is known.
# Exit code: 0 all is on a fallback (or back), 1 something is not, 2 nothing was begun.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

manager=rollback-keda
backup="" restore="" preserve="" replicas=10 cpu=60 with_reactor=yes
namespaces=()
while [ "$#" -gt 0 ]; do
  common_option "$@"
  if [ "$taken" = 0 ]; then
    taken=1
    case "$1" in
      --force) force=yes ;;
      --preserve-monitoring) preserve=yes ;;
      --no-reactor) with_reactor="" ;;
      --restore) restore=${2:-}; taken=2; [ -f "$restore/plan" ] || refuse "--restore: '$restore' is no folder that a rollback made (it has no file 'plan')" ;;
      --backup-dir) backup=${2:-}; taken=2; [ -n "$backup" ] || refuse "--backup-dir needs a folder" ;;
      --namespace) [ -n "${2:-}" ] || refuse "--namespace needs a name"; namespaces+=("$2"); taken=2 ;;
      --replicas) replicas=$(whole --replicas "${2:-}" 1 10000) || exit 2; taken=2 ;;
      --cpu) cpu=$(whole --cpu "${2:-}" 1 100) || exit 2; taken=2 ;;
      *) unknown_option "$1" ;;
    esac
  fi
  shift "$taken"
done

need_named_cluster
has_kind scaledobjects.keda.sh || refuse "'$cluster_name' has no ScaledObjects (scaledobjects.keda.sh): there is nothing to roll back"
find_keda || true
stamp=$(date -u +%Y%m%d-%H%M%SZ)

in_scope() {
  local one
  if [ "${#namespaces[@]}" = 0 ]; then return 0; fi
  for one in "${namespaces[@]}"; do if [ "$one" = "${1%%/*}" ]; then return 0; fi; done
  return 1
}

# --- what is to be done with a target: sets verdict (move, settled, alone, reactor) and because
judge() {
  local key=$1 others
  verdict=move because=""
  others=$(others_hpas "$key")
  if [ -n "${so_deleting[$key]}" ]; then verdict=alone because="it is being deleted"
  elif [ -n "${so_incident[$key]}" ]; then verdict=reactor because="the reactor has it, incident ${so_incident[$key]}"
  elif [ "${so_opt_out[$key]}" = true ]; then verdict=alone because="opted out ($opt_out_key)"
  elif [ -n "${so_mark[$key]}" ]; then
    if [ -z "${so_hpa[$key]:-}" ] && pauses "${so_paused[$key]}" && { [ -n "$others" ] || frozen "$key"; }; then verdict=settled because="since ${so_mark[$key]}"; fi
  elif [ -n "${so_paused_replicas[$key]}" ] || pauses "${so_paused[$key]}"; then verdict=alone because="somebody else paused it"
  elif [ -n "$others" ]; then verdict=alone because="its workload has another HPA: ${others% }"
  elif [ -z "${wanted[$(workload_of "$key")]:-}" ] && [ "${so_kind[$key]}" != Rollout ]; then verdict=alone because="its workload $(workload_of "$key") is not there"
  fi
}

# A CPU HPA cannot work without a CPU request on every container: the replicas stay as they are.
frozen() { [ -n "${no_cpu[$(workload_of "$1")]:-}" ]; }

fallback_name() {
  local name=$1
  if [ "${#name}" -gt 54 ]; then name="${name:0:45}-$(printf '%s' "$1" | cksum | awk '{ printf "%08x", $1 }')"; fi
  printf '%s-fallback' "$name"
}

fallback_min() {
  local key=$1 least=${so_fallback[$1]:-$replicas} now
  now=${wanted[$(workload_of "$1")]:-0}
  if [ "$now" -gt "$least" ]; then least=$now; fi
  if [ "$least" -lt "${so_min[$key]}" ]; then least=${so_min[$key]}; fi
  if [ "$least" -gt "${so_max[$key]}" ]; then least=${so_max[$key]}; fi
  if [ "$least" -lt 1 ]; then least=1; fi
  printf '%s' "$least"
}

# As the reactor makes it, with another label: up at once, down slowly, and owned by the ScaledObject but not controlled, so that KEDA's webhook lets it be.
fallback_manifest() {
  local key=$1
  cat <<YAML
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: $(fallback_name "${key#*/}")
  namespace: ${key%%/*}
  labels: {app.kubernetes.io/managed-by: $manager}
  annotations: {$ownership_key: "false"}
  ownerReferences:
    - {apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: "${key#*/}", uid: "${so_uid[$key]}", blockOwnerDeletion: false}
spec:
  scaleTargetRef: {apiVersion: ${so_version[$key]}, kind: ${so_kind[$key]}, name: "${so_target[$key]}"}
  minReplicas: $(fallback_min "$key")
  maxReplicas: ${so_max[$key]}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: $cpu}}
  behavior:
    scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max}
    scaleDown: {stabilizationWindowSeconds: 300, selectPolicy: Max, policies: [{type: Percent, value: 10, periodSeconds: 60}]}
YAML
}

monitoring_kinds() { for kind in prometheusrules.monitoring.coreos.com servicemonitors.monitoring.coreos.com; do if has_kind "$kind"; then printf '%s ' "$kind"; fi; done; }

# NAMESPACE KIND NAME of KEDA's own monitoring: not the reactor's, which goes on watching.
keda_monitoring() {
  local kind
  for kind in $(monitoring_kinds); do
    k get "$kind" -n "$keda_ns" -o "go-template={{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}" | grep '^keda' | grep -v reactor | sed "s/^/$kind /" || true
  done
}

# again NAMESPACE KIND NAME: the object as a manifest that can be applied to another day's cluster.
again() {
  k get "$2" -n "$1" "$3" -o yaml | kubectl patch --local -f - --type=merge -o yaml \
    -p '{"metadata":{"uid":null,"resourceVersion":null,"creationTimestamp":null,"generation":null,"managedFields":null,"selfLink":null,"ownerReferences":null,"annotations":{"kubectl.kubernetes.io/last-applied-configuration":null}},"status":null}'
}

back_up() {
  local kind name
  backup=${backup:-keda-rollback-$stamp}
  if [ -n "$dry_run" ]; then say "would: back up all ScaledObjects, HPAs and replica counts to $backup"; return 0; fi
  mkdir -p "$backup" || refuse "the folder $backup can't be made"
  # A second run into the same folder must not overwrite how it was before the first.
  if [ -e "$backup/plan" ]; then say "$backup is there already: its backup is kept"; return 0; fi
  k get scaledobjects.keda.sh -A -o yaml >"$backup/scaledobjects.yaml"
  k get horizontalpodautoscalers.v2.autoscaling -A -o yaml >"$backup/hpas.yaml"
  workload_rows | awk -F "$us" '{ print $1, $2, $3, $4 }' >"$backup/replicas"
  if [ -n "$keda_ns" ] && [ -z "$preserve" ]; then
    while read -r kind name; do echo ---; again "$keda_ns" "$kind" "$name"; done < <(keda_monitoring) >"$backup/monitoring.yaml"
  fi
  printf '# cluster %s at %s\n' "$cluster_name" "$stamp" >"$backup/plan"
  say "backup: $backup (scaledobjects.yaml, hpas.yaml, replicas, plan)"
}

check_before() {
  local bad="" ns
  if [ -n "$force" ]; then warn "--force: nothing is checked before"; return 0; fi
  if has_api v1beta1.metrics.k8s.io; then say "ok    CPU metrics (metrics.k8s.io) are served"
  else bad=yes; say "FAIL  CPU metrics (metrics.k8s.io) are not served: fallback HPAs would keep their least replicas and not scale. Mend metrics-server"; fi
  while read -r ns _; do
    for right in "patch scaledobjects.keda.sh" "delete horizontalpodautoscalers.autoscaling" "create horizontalpodautoscalers.autoscaling"; do
      # shellcheck disable=SC2086 # two words
      if ! may $right -n "$ns"; then bad=yes; say "FAIL  this account may not $right in $ns"; fi
    done
  done < <(by_namespace ${moving[@]+"${moving[@]}"})
  if [ -n "$keda_ns" ] && keda_operator_up; then warn "KEDA's operator in $keda_ns is up. If only some targets are in trouble, leave the others with KEDA: RUNBOOK.md, \"Trip and reset\""; fi
  if [ -n "$bad" ]; then refuse "a check failed, nothing was changed. --force goes on all the same"; fi
}

sort_targets() {
  local key
  moving=() settled=() kept=() theirs=()
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if ! in_scope "$key"; then continue; fi
    judge "$key"
    case "$verdict" in
      move) moving+=("$key") ;;
      settled) settled+=("$key") ;;
      reactor) theirs+=("$key: $because") ;;
      *) kept+=("$key: $because") ;;
    esac
  done
}

# --- through the reactor
by_reactor() {
  local answer code incident began=$SECONDS body ns
  if [ -z "$with_reactor" ] || [ "${#moving[@]}" = 0 ]; then return 1; fi
  if [ -z "${REACTOR_URL:-}" ]; then say "REACTOR_URL is not set: it is done by hand"; return 1; fi
  if ! reactor_answers; then warn "the reactor at $REACTOR_URL does not answer as ready: it is done by hand"; return 1; fi
  if [ "${#namespaces[@]}" = 0 ]; then set -- '"scope":"cluster"'; else set --; for ns in "${namespaces[@]}"; do set -- "$@" "\"scope\":\"namespace\",\"namespace\":\"$ns\""; done; fi
  for scope in "$@"; do
    body="{$scope,\"reason\":\"rollback-keda.sh\",\"by\":\"${USER:-rollback-keda.sh}\",\"requestId\":\"rollback-$stamp-$(cksum <<<"$scope" | cut -d ' ' -f 1)\"}"
    if [ -n "$dry_run" ]; then say "would: POST $REACTOR_URL/api/breakers/trip $body"; continue; fi
    answer=$(reactor POST /api/breakers/trip "$body") || true
    code=$(tail -n 1 <<<"$answer")
    if [ "$code" != 202 ]; then warn "the reactor refused the trip ($code): $(sed '$d' <<<"$answer" | json_word detail). It is done by hand"; return 1; fi
    incident=$(sed '$d' <<<"$answer" | json_word incident)
    say "the reactor took a manual trip ($scope): incident ${incident:-not decided yet}. It has the pause, the HPAs and the way back from here on"
    printf 'reactor %s %s\n' "${incident:-unknown}" "$scope" >>"$backup/plan"
  done
  if [ -n "$dry_run" ]; then return 0; fi
  # An observe-only reactor, or one whose kill switch is on, takes the order and writes nothing.
  while :; do
    look || fail "the cluster can't be read any more"
    sort_targets
    if [ "${#moving[@]}" = 0 ]; then break; fi
    if [ $((SECONDS - began)) -ge "$timeout" ]; then
      warn "after $timeout s the reactor has not taken ${#moving[@]} of them (observe-only? kill switch? GET /api/health says): the rest is done by hand"
      return 1
    fi
    sleep 1
  done
  # Annotated is not yet there: the fallback follows.
  until reactor_settled; do
    if [ $((SECONDS - began)) -ge "$timeout" ]; then warn "after $timeout s not every target has its fallback yet: GET $REACTOR_URL/api/breakers"; break; fi
    sleep 1
    look || fail "the cluster can't be read any more"
  done
  sort_targets
}

reactor_settled() {
  local key
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if [ -n "${so_incident[$key]}" ] && in_scope "$key" && [ -n "${so_hpa[$key]:-}" ]; then return 1; fi
  done
}

# --- by hand
pause_all() {
  local key ns names plain=() before=()
  for key in "${moving[@]}"; do
    if pauses "${so_paused[$key]}" && [ -n "${so_mark[$key]}" ]; then continue; fi
    if [ -z "$dry_run" ]; then printf '%s %s\n' hand "$key" >>"$backup/plan"; fi
    if [ -n "${so_paused[$key]}" ] && [ -z "${so_mark[$key]}" ]; then before+=("$key"); else plain+=("$key"); fi
  done
  while read -r ns names; do
    if [ -z "$ns" ]; then continue; fi
    # shellcheck disable=SC2086 # names are words
    change annotate scaledobjects.keda.sh -n "$ns" --overwrite $names "$pause_key=true" "$mark_key=$stamp" || true
  done < <(by_namespace ${plain[@]+"${plain[@]}"})
  for key in ${before[@]+"${before[@]}"}; do
    change annotate scaledobjects.keda.sh -n "${key%%/*}" --overwrite "${key#*/}" "$pause_key=true" "$mark_key=$stamp" "$before_key=${so_paused[$key]}" || true
  done
}

delete_kedas() {
  local key ns names gone=()
  for key in "${moving[@]}"; do
    if [ -n "$dry_run" ] || { [ -n "${so_mark[$key]}" ] && pauses "${so_paused[$key]}"; }; then
      if [ -n "${so_hpa[$key]:-}" ]; then gone+=("${key%%/*}/${so_hpa[$key]}"); fi
    fi
  done
  while read -r ns names; do
    if [ -z "$ns" ]; then continue; fi
    # shellcheck disable=SC2086
    change delete horizontalpodautoscalers.autoscaling -n "$ns" --ignore-not-found $names || true
  done < <(by_namespace ${gone[@]+"${gone[@]}"})
}

create_fallbacks() {
  local key manifests="" least
  for key in "${moving[@]}"; do
    if [ -z "$dry_run" ]; then
      if [ -z "${so_mark[$key]}" ] || ! pauses "${so_paused[$key]}"; then continue; fi
      # Two HPAs would stop or fight each other.
      if [ -n "${on_workload[$(workload_of "$key")]:-}" ]; then continue; fi
    fi
    if frozen "$key"; then warn "$key: a container without a CPU request, no CPU HPA can work: it stays at ${wanted[$(workload_of "$key")]} replicas"; continue; fi
    least=$(fallback_min "$key")
    if [ "${wanted[$(workload_of "$key")]:-1}" = 0 ]; then
      # An HPA does nothing at 0.
      change scale "${so_resource[$key]}" -n "${key%%/*}" "${so_target[$key]}" --replicas="$least" || true
    fi
    if [ -n "$dry_run" ]; then say "would: create HPA ${key%%/*}/$(fallback_name "${key#*/}") on ${so_kind[$key]}/${so_target[$key]}, $least to ${so_max[$key]} replicas, $cpu % CPU"; fi
    manifests+=$(fallback_manifest "$key")$'\n'
  done
  if [ -n "$manifests" ] && [ -z "$dry_run" ]; then k apply --server-side --field-manager="$manager" -f - <<<"$manifests" >/dev/null || true; fi
}

by_hand() {
  local began=$SECONDS
  if [ "${#moving[@]}" = 0 ]; then return 0; fi
  if [ -n "$dry_run" ]; then pause_all; delete_kedas; create_fallbacks; return 0; fi
  pause_all
  while :; do
    look || fail "the cluster can't be read any more; run this again"
    sort_targets
    if [ "${#moving[@]}" = 0 ]; then return 0; fi
    if [ $((SECONDS - began)) -ge "$timeout" ]; then return 1; fi
    # A live operator deletes its HPA too, and one that comes back to life may make it again for a moment: look, and look again.
    delete_kedas
    look || fail "the cluster can't be read any more; run this again"
    create_fallbacks
    sleep 0.5
  done
}

remove_monitoring() {
  local kind name
  if [ -n "$preserve" ] || [ -z "$keda_ns" ]; then return 0; fi
  while read -r kind name; do
    if [ -n "$kind" ]; then change delete "$kind" -n "$keda_ns" "$name" --ignore-not-found; fi
  done < <(keda_monitoring)
}

# Never two at rest, and none without one that is not frozen.
verify() {
  local key bad="" all
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if ! in_scope "$key"; then continue; fi
    all=${on_workload[$(workload_of "$key")]:-}
    # shellcheck disable=SC2086
    set -- $all
    if [ "$#" -gt 1 ]; then bad=yes; say "FAIL  $(workload_of "$key") has $# HPAs: ${all% }. Delete the one that is not wanted: kubectl -n ${key%%/*} delete hpa NAME"; fi
  done
  for key in ${moving[@]+"${moving[@]}"}; do
    bad=yes
    say "FAIL  $key is not on its fallback: paused='${so_paused[$key]}', HPAs: ${on_workload[$(workload_of "$key")]:-none}. Run this again; what refuses: kubectl -n ${key%%/*} describe scaledobject ${key#*/}"
  done
  [ -z "$bad" ]
}

report() {
  local line
  for line in ${settled[@]+"${settled[@]}"}; do
    if frozen "$line"; then say "ok    $line: frozen at ${wanted[$(workload_of "$line")]} replicas"
    else say "ok    $line: $(others_hpas "$line")on ${so_kind[$line]}/${so_target[$line]}"; fi
  done
  for line in ${theirs[@]+"${theirs[@]}"}; do say "ok    $line"; done
  for line in ${kept[@]+"${kept[@]}"}; do warn "left alone: $line"; done
}

roll_back() {
  step "Before"
  look || refuse "the ScaledObjects of '$cluster_name' can't be read"
  sort_targets
  say "$cluster_name: ${#so_list[@]} ScaledObjects; to move ${#moving[@]}, on a fallback of this script ${#settled[@]}, of the reactor ${#theirs[@]}, left alone ${#kept[@]}"
  if has_kind scaledjobs.keda.sh && [ -n "$(k get scaledjobs.keda.sh -A -o name 2>/dev/null)" ]; then warn "ScaledJobs are never changed: they go on as long as KEDA does"; fi
  check_before
  back_up
  step "Move"
  if by_reactor; then
    if [ -z "$preserve" ]; then say "monitoring is kept: the reactor goes on with it"; preserve=yes; fi
  else
    by_hand || true
  fi
  remove_monitoring
  if [ -n "$dry_run" ]; then say "Nothing was changed."; return 0; fi
  step "After"
  report
  if [ "${#moving[@]}" -gt 0 ] || ! verify; then verify || true; fail "not all is on a fallback"; fi
  say "All is on a fallback. Back to KEDA: ${0##*/} ${cluster[*]} --restore $backup"
}

# --- the way back
# shellcheck source-path=SCRIPTDIR source=restore.sh
. "$(dirname "${BASH_SOURCE[0]}")/restore.sh"

if [ -n "$restore" ]; then restore_all; else roll_back; fi
