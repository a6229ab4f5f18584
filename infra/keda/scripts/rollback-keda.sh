#!/usr/bin/env bash
# Moves every ScaledObject's workload from KEDA to a plain CPU HPA, or back with --restore. Run it as often as you like: it looks at what is,
# and does what is missing.
#   rollback-keda.sh --context NAME                     back up, then move all
#   rollback-keda.sh --context NAME --restore FOLDER    undo what the run that made FOLDER did
#   --dry-run              say what would be done, change nothing, write nothing
#   --force                skip the checks before (CPU metrics, rights; with --restore: that KEDA's operator is up)
#   --preserve-monitoring  keep KEDA's PrometheusRules and ServiceMonitors; without it they are removed after the backup, once all is on a fallback, unless
#                          the reactor did it or --namespace leaves others with KEDA
#   --backup-dir FOLDER    where the backup goes (keda-rollback-TIME here). A run after a first one takes up that one's folder when it is here
#   --namespace NAME       only there; may be given again (all namespaces)
#   --replicas N           least replicas of a fallback that has no spec.fallback.replicas (10)
#   --cpu N                percent of the CPU request that it aims at (60)
#   --no-reactor           do it by hand although the reactor answers
#   --server URL           in place of --context: an API server without credentials, such as the sandbox
#   --timeout SECONDS      how long to wait for each step (120)
# With REACTOR_URL and REACTOR_KEY (an operator's) set and the reactor well, this gives it a manual trip of the whole cluster and only watches:
# it has the memory, the audit trail and the careful way back. What it leaves alone this leaves alone too. What it began and, being gone, can't end is
# ended in its name: the same HPA that it would make, which it knows as its own when it is back.
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
      --restore) value --restore "${2:-}" "the folder that a rollback made"; restore=$2; taken=2; [ -f "$restore/plan" ] || refuse "--restore: '$restore' is no folder that a rollback made (it has no file 'plan')" ;;
      --backup-dir) value --backup-dir "${2:-}" "a folder"; backup=$2; taken=2 ;;
      --namespace) value --namespace "${2:-}" "a name"; namespaces+=("$2"); taken=2 ;;
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
# Set once it is known that the reactor does not end what it began.
reactor_gone=""

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
  elif [ -n "${so_incident[$key]}" ]; then
    verdict=reactor because="the reactor has it, incident ${so_incident[$key]}"
    if [ -n "$reactor_gone" ] && ! on_reactors_fallback "$key" && { [ -z "$others" ] || [ "$others" = "$(fallback_name "${key#*/}") " ]; }; then verdict=move; fi
  elif [ "${so_opt_out[$key]}" = true ]; then verdict=alone because="opted out ($opt_out_key)"
  elif [ -n "${so_mark[$key]}" ]; then
    if [ -z "${so_hpa[$key]:-}" ] && pauses "${so_paused[$key]}" && { [ -n "$others" ] || frozen "$key"; }; then verdict=settled because="since ${so_mark[$key]}"; fi
  elif [ -n "${so_paused_replicas[$key]}" ] || pauses "${so_paused[$key]}"; then verdict=alone because="somebody else paused it"
  elif [ -n "$others" ]; then verdict=alone because="its workload has another HPA: ${others% }"
  elif [ -z "${wanted[$(workload_of "$key")]:-}" ]; then verdict=alone because="its workload $(workload_of "$key") is not there"
  fi
}

# A CPU HPA cannot work without a CPU request on every container: the replicas stay as they are.
frozen() { [ -n "${no_cpu[$(workload_of "$1")]:-}" ]; }

# on_reactors_fallback SCALEDOBJECT: paused, KEDA's HPA gone, and the fallback there, if there can be one.
on_reactors_fallback() { [ -z "${so_hpa[$1]:-}" ] && pauses "${so_paused[$1]}" && { [ -n "$(others_hpas "$1")" ] || frozen "$1"; }; }

monitoring_kinds() { for kind in prometheusrules.monitoring.coreos.com servicemonitors.monitoring.coreos.com; do if has_kind "$kind"; then printf '%s ' "$kind"; fi; done; }

# NAMESPACE KIND NAME of KEDA's own monitoring: not the reactor's, which goes on watching.
keda_monitoring() {
  local kind
  for kind in $(monitoring_kinds); do
    k get "$kind" -n "$keda_ns" -o "go-template={{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}" | grep '^keda' | grep -v reactor | sed "s/^/$kind /" || true
  done
}

# The folder of the run that paused what is paused by this script: how it was before stands there, and KEDA's monitoring.
earlier_backup() {
  local key
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if [ -n "${so_mark[$key]}" ] && [ -f "keda-rollback-${so_mark[$key]}/plan" ]; then printf 'keda-rollback-%s' "${so_mark[$key]}"; return 0; fi
  done
}

back_up() {
  local kind name
  if [ -z "$backup" ]; then backup=$(earlier_backup); fi
  backup=${backup:-keda-rollback-$stamp}
  if [ -n "$dry_run" ]; then say "would: back up all ScaledObjects, HPAs and replica counts to $backup"; return 0; fi
  mkdir -p "$backup" || refuse "the folder $backup can't be made"
  # A second run into the same folder must not overwrite how it was before the first.
  if [ -e "$backup/plan" ]; then say "$backup is there already: its backup is kept"; return 0; fi
  k get scaledobjects.keda.sh -A -o yaml >"$backup/scaledobjects.yaml" || refuse "the ScaledObjects can't be backed up, nothing was changed"
  k get horizontalpodautoscalers.v2.autoscaling -A -o yaml >"$backup/hpas.yaml" || refuse "the HPAs can't be backed up, nothing was changed"
  workload_rows | awk -F "$us" '{ print $1, $2, $3, $4 }' >"$backup/replicas" || refuse "the replicas can't be backed up, nothing was changed"
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
  moving=() settled=() kept=() with_incident=()
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if ! in_scope "$key"; then continue; fi
    judge "$key"
    case "$verdict" in
      move) moving+=("$key") ;;
      settled) settled+=("$key") ;;
      reactor) with_incident+=("$key") ;;
      *) kept+=("$key: $because") ;;
    esac
  done
}

# shellcheck source-path=SCRIPTDIR source=rollback-reactor.sh
. "$(dirname "${BASH_SOURCE[0]}")/rollback-reactor.sh"

# shellcheck source-path=SCRIPTDIR source=rollback-by-hand.sh
. "$(dirname "${BASH_SOURCE[0]}")/rollback-by-hand.sh"

# It goes only when all is on a fallback, and not before it stands in the backup.
remove_monitoring() {
  local kind name
  if [ -n "$preserve" ] || [ -z "$keda_ns" ]; then return 0; fi
  if [ "${#namespaces[@]}" -gt 0 ]; then say "monitoring is kept: KEDA goes on in the other namespaces"; return 0; fi
  if [ "${#with_incident[@]}" -gt 0 ]; then say "monitoring is kept: the reactor has ${#with_incident[@]} of the targets"; return 0; fi
  while read -r kind name; do
    if [ -z "$kind" ]; then continue; fi
    if [ -z "$dry_run" ]; then
      k get "$kind" -n "$keda_ns" "$name" -o yaml | cleaned >"$backup/monitoring.part" || { warn "$kind $name can't be backed up, and stays"; continue; }
      { echo ---; cat "$backup/monitoring.part"; } >>"$backup/monitoring.yaml"
      rm -f "$backup/monitoring.part"
    fi
    change delete "$kind" -n "$keda_ns" "$name" --ignore-not-found || warn "$kind $name could not be removed"
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
  for key in ${with_incident[@]+"${with_incident[@]}"}; do
    if ! pauses "${so_paused[$key]}" || [ -n "${so_hpa[$key]:-}" ]; then bad=yes; say "FAIL  $key is with the reactor, incident ${so_incident[$key]}, and not on a fallback: GET /api/breakers/$key/why"; fi
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
  for line in ${with_incident[@]+"${with_incident[@]}"}; do
    if pauses "${so_paused[$line]}" && [ -z "${so_hpa[$line]:-}" ]; then say "ok    $line: the reactor has it, incident ${so_incident[$line]}"; fi
  done
  for line in ${kept[@]+"${kept[@]}"}; do warn "left alone: $line"; done
}

roll_back() {
  step "Before"
  look || refuse "the ScaledObjects of '$cluster_name' can't be read"
  sort_targets
  say "$cluster_name: ${#so_list[@]} ScaledObjects; to move ${#moving[@]}, on a fallback of this script ${#settled[@]}, of the reactor ${#with_incident[@]}, left alone ${#kept[@]}"
  if has_kind scaledjobs.keda.sh && [ -n "$(k get scaledjobs.keda.sh -A -o name 2>/dev/null)" ]; then warn "ScaledJobs are never changed: they go on as long as KEDA does"; fi
  check_before
  back_up
  step "Move"
  if by_reactor; then
    if [ -z "$preserve" ]; then say "monitoring is kept: the reactor goes on with it"; preserve=yes; fi
  else
    if [ -n "$dry_run" ]; then foresee_what_the_reactor_began; fi
    by_hand || true
    if [ -z "$dry_run" ]; then end_what_the_reactor_began || true; fi
  fi
  if [ -n "$dry_run" ]; then remove_monitoring; say "Nothing was changed."; return 0; fi
  step "After"
  report
  if ! verify; then fail "not all is on a fallback. KEDA's monitoring is kept"; fi
  remove_monitoring
  say "All is on a fallback. Back to KEDA: ${0##*/} ${cluster[*]} --restore $backup"
}

# --- the way back
# shellcheck source-path=SCRIPTDIR source=restore.sh
. "$(dirname "${BASH_SOURCE[0]}")/restore.sh"

if [ -n "$restore" ]; then restore_all; else roll_back; fi
