#!/usr/bin/env bash
# The part of rollback-keda.sh that moves targets itself. It is sourced, never run.
# shellcheck disable=SC2154,SC2034 # what it shares with the other parts

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

# As the reactor names it.
fallback_name() {
  local name=$1
  if [ "${#name}" -gt 54 ]; then
    name=${name:0:45}
    while case "$name" in *[-.]) ;; *) false ;; esac; do name=${name%?}; done
    name=$name-$(printf '%s' "$1" | sha256 | cut -c 1-8)
  fi
  printf '%s-fallback' "$name"
}

# fallback_manager SCALEDOBJECT: in whose name its fallback is made, and by which field manager.
fallback_manager() { if [ -n "${so_incident[$1]}" ]; then printf sophia-keda-reactor; else printf '%s' "$manager"; fi; }

fallback_min() {
  local key=$1 least=${so_fallback[$1]:-$replicas} now
  now=${wanted[$(workload_of "$1")]:-0}
  if [ "$now" -gt "$least" ]; then least=$now; fi
  if [ "$least" -lt "${so_min[$key]}" ]; then least=${so_min[$key]}; fi
  if [ "$least" -gt "${so_max[$key]}" ]; then least=${so_max[$key]}; fi
  if [ "$least" -lt 1 ]; then least=1; fi
  printf '%s' "$least"
}

# As the reactor makes it: up at once, down slowly, and owned by the ScaledObject but not controlled, so that KEDA's webhook lets it be.
fallback_manifest() {
  local key=$1
  cat <<YAML
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: $(fallback_name "${key#*/}")
  namespace: ${key%%/*}
  labels: {app.kubernetes.io/managed-by: $(fallback_manager "$key")}
  annotations: {$ownership_key: "false"$(if [ -n "${so_incident[$key]}" ]; then printf ', %s: "%s"' "$incident_key" "${so_incident[$key]}"; fi)}
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

pause_all() {
  local key ns names plain=() before=()
  for key in "${moving[@]}"; do
    if pauses "${so_paused[$key]}" && [ -n "${so_mark[$key]}${so_incident[$key]}" ]; then continue; fi
    if [ -n "${so_incident[$key]}" ]; then
      # The reactor's, and so is the pause: no mark of ours.
      change annotate scaledobjects.keda.sh -n "${key%%/*}" --overwrite "${key#*/}" "$pause_key=true" || true
      continue
    fi
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
    if [ -n "$dry_run" ] || { [ -n "${so_mark[$key]}${so_incident[$key]}" ] && pauses "${so_paused[$key]}"; }; then
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
  local key ours="" reactors="" least
  for key in "${moving[@]}"; do
    if [ -z "$dry_run" ]; then
      if [ -z "${so_mark[$key]}${so_incident[$key]}" ] || ! pauses "${so_paused[$key]}"; then continue; fi
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
    if [ -n "${so_incident[$key]}" ]; then reactors+=$(fallback_manifest "$key")$'\n'; else ours+=$(fallback_manifest "$key")$'\n'; fi
  done
  if [ -n "$dry_run" ]; then return 0; fi
  if [ -n "$ours" ]; then k apply --server-side --field-manager="$manager" -f - <<<"$ours" >/dev/null || true; fi
  if [ -n "$reactors" ]; then k apply --server-side --field-manager=sophia-keda-reactor -f - <<<"$reactors" >/dev/null || true; fi
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
