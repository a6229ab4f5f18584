#!/usr/bin/env bash
# The half of rollback-keda.sh that goes back to KEDA. It is sourced, never run.
# shellcheck disable=SC2154,SC2034 # what it shares with the other half
# The order, for each workload: un-pause, wait until KEDA's HPA is there, delete the fallback HPA. KEDA that does not come leaves the fallback standing.

# Those that this script paused, as the cluster itself says it.
ours() {
  local key
  returning=()
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if in_scope "$key" && [ -n "${so_mark[$key]}" ] && [ -z "${so_deleting[$key]}" ]; then returning+=("$key"); fi
  done
}

un_pause() {
  local key ns names plain=()
  for key in "${returning[@]}"; do
    if [ -n "${so_before[$key]}" ]; then
      change annotate scaledobjects.keda.sh -n "${key%%/*}" --overwrite "${key#*/}" "$pause_key=${so_before[$key]}" || true
    elif pauses "${so_paused[$key]}"; then
      plain+=("$key")
    fi
  done
  while read -r ns names; do
    if [ -z "$ns" ]; then continue; fi
    # shellcheck disable=SC2086 # names are words
    change annotate scaledobjects.keda.sh -n "$ns" $names "$pause_key-" || true
  done < <(by_namespace ${plain[@]+"${plain[@]}"})
}

# give_back KEY...: KEDA's HPAs are there, so the fallbacks go at once, and then the marks.
give_back() {
  local key name ns names fallbacks=()
  for key in "$@"; do
    for name in $(others_hpas "$key"); do
      if [ "${hpa_by[${key%%/*}/$name]}" = "$manager" ]; then fallbacks+=("${key%%/*}/$name"); fi
    done
  done
  while read -r ns names; do
    if [ -z "$ns" ]; then continue; fi
    # shellcheck disable=SC2086 # names are words
    change delete horizontalpodautoscalers.autoscaling -n "$ns" --ignore-not-found $names || true
  done < <(by_namespace ${fallbacks[@]+"${fallbacks[@]}"})
  while read -r ns names; do
    # shellcheck disable=SC2086
    if [ -n "$ns" ]; then change annotate scaledobjects.keda.sh -n "$ns" $names "$mark_key-" "$before_key-" || true; fi
  done < <(by_namespace "$@")
}

restore_by_hand() {
  local key began=$SECONDS told="" back
  ours
  if [ "${#returning[@]}" = 0 ]; then say "no ScaledObject is paused by this script"; return 0; fi
  if [ -n "$dry_run" ]; then
    un_pause
    say "would: wait for KEDA's HPA of each of the ${#returning[@]}, and as they come:"
    give_back "${returning[@]}"
    return 0
  fi
  un_pause
  while :; do
    look || fail "the cluster can't be read any more; run this again"
    ours
    back=()
    for key in ${returning[@]+"${returning[@]}"}; do if [ -n "${so_hpa[$key]:-}" ]; then back+=("$key"); fi; done
    if [ "${#back[@]}" -gt 0 ]; then give_back "${back[@]}"; fi
    look || fail "the cluster can't be read any more; run this again"
    ours
    if [ "${#returning[@]}" = 0 ]; then return 0; fi
    # KEDA does not always notice that the key has gone; "false" wakes it.
    if [ -z "$told" ] && [ $((SECONDS - began)) -ge $((timeout / 2)) ]; then
      told=yes
      for key in "${returning[@]}"; do
        if [ -z "${so_paused[$key]}" ]; then
          k annotate scaledobjects.keda.sh -n "${key%%/*}" --overwrite "${key#*/}" "$pause_key=false" >/dev/null || true
          sleep 2
          k annotate scaledobjects.keda.sh -n "${key%%/*}" "${key#*/}" "$pause_key-" >/dev/null || true
        fi
      done
    fi
    if [ $((SECONDS - began)) -ge "$timeout" ]; then break; fi
    sleep 1
  done
  # A KEDA that wakes later would put a second HPA beside the fallback.
  for key in "${returning[@]}"; do
    say "FAIL  KEDA made no HPA for $key within $timeout s: it is paused again and keeps its fallback. kubectl -n ${key%%/*} describe scaledobject ${key#*/}"
    k annotate scaledobjects.keda.sh -n "${key%%/*}" --overwrite "${key#*/}" "$pause_key=true" >/dev/null || true
  done
  return 1
}

restore_all() {
  local what key result=0
  look || refuse "the ScaledObjects of '$cluster_name' can't be read"
  moving=() with_incident=()
  if [ -z "$force" ]; then
    if [ -z "$keda_ns" ] || ! keda_operator_up; then refuse "KEDA's operator is not up: it could take nothing over. Nothing was changed; --force goes on all the same"; fi
  fi
  while read -r what key; do
    if [ "$what" = hand ] && [ -z "${so_uid[$key]:-}" ]; then warn "$key is not in the cluster any more. It stands in $restore/scaledobjects.yaml"; fi
  done <"$restore/plan"
  restore_by_reactor || result=1
  restore_by_hand || result=1
  if [ -s "$restore/monitoring.yaml" ]; then change apply -f "$restore/monitoring.yaml" || result=1; fi
  if [ -n "$dry_run" ]; then say "Nothing was changed."; return 0; fi
  look || fail "the cluster can't be read any more"
  verify || result=1
  if [ "$result" != 0 ]; then fail "not all went back"; fi
  if grep -q '^reactor ' "$restore/plan"; then say "The rest is the reactor's: it takes its time, and puts back what does not do well."; return 0; fi
  say "Back with KEDA, without a fallback of this script. Look in a minute whether all are well: validate-deployment.sh ${cluster[*]}"
}
