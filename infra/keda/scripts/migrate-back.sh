#!/usr/bin/env bash
# The half of migrate.sh that goes back to the HPAs of before. It is sourced, never run.
# shellcheck disable=SC2154 # what it shares with the other parts

# --- the way back of one: pause, so that KEDA lets go; its HPA away; the ScaledObject away; the HPA of before
give_up() {
  local ns=$1 name=$2 kind=$3 target=$4 hpa=$5 key=$1/$2 old=$state/hpas/$1--$2.yaml result=0 left
  if [ -n "${so_incident[$key]:-}" ]; then say "FAIL  $key is with the reactor, incident ${so_incident[$key]}, and has its fallback: let it give back first (POST /api/breakers/reset)"; return 1; fi
  if [ -n "${so_uid[$key]:-}" ]; then
    # One that went since the look (an operator that came back let go of it) needs no pause.
    change annotate scaledobjects.keda.sh -n "$ns" "$name" --overwrite "$pause_key=true" "$back_key=true" \
      || { left=$(k get scaledobjects.keda.sh -n "$ns" "$name" --ignore-not-found -o name 2>/dev/null) && [ -z "$left" ]; } \
      || { say "FAIL  $key could not be paused, nothing of it was changed"; return 1; }
    if [ -n "${so_hpa[$key]:-}" ]; then change delete horizontalpodautoscalers.autoscaling -n "$ns" "${so_hpa[$key]}" --ignore-not-found || result=1; fi
    change delete scaledobjects.keda.sh -n "$ns" "$name" --ignore-not-found --wait=false || result=1
    # Without an operator nobody takes its finalizer away, and the workload has no autoscaler meanwhile. One that comes back lets go of it and touches no HPA.
    if [ -z "$dry_run" ] && keda_operator_up; then k wait "scaledobjects.keda.sh/$name" -n "$ns" --for=delete --timeout="$((timeout < 20 ? timeout : 20))s" >/dev/null 2>&1 || true; fi
  fi
  if [ -n "$dry_run" ]; then
    if [ "$hpa" != - ]; then say "would: create HPA $ns/$hpa from $old"; fi
    return 0
  fi
  if [ "$hpa" = - ]; then say "back  $key: it had no HPA before"
  elif hpa_of_before "$ns" "$hpa" "$old"; then say "back  $key: its HPA $hpa scales $kind/$target again"
  else return 1; fi
  if [ -n "$(k get scaledobjects.keda.sh -n "$ns" "$name" --ignore-not-found -o name 2>/dev/null)" ]; then
    result=1
    say "FAIL  $key is not gone: its finalizer needs KEDA's operator. It is paused and deleted, and harms nothing. Run this again when KEDA is back"
  fi
  return "$result"
}

# hpa_of_before NAMESPACE NAME FILE: made from the file, if it is not there. One that came back for a moment as KEDA's goes with its ScaledObject, when
# the garbage collector comes to it.
hpa_of_before() {
  local ns=$1 hpa=$2 old=$3 owner began=$SECONDS
  while owner=$(k get horizontalpodautoscalers.autoscaling -n "$ns" "$hpa" -o 'jsonpath={.metadata.ownerReferences[*].kind}' 2>/dev/null || echo absent)
    [[ $owner == *ScaledObject* ]] && [ $((SECONDS - began)) -lt 20 ]; do sleep 1; done
  case "$owner" in
    absent) k apply --server-side --force-conflicts --field-manager=migrate-keda -f "$old" >/dev/null || { say "FAIL  $ns/$hpa could not be made again: kubectl apply --server-side -f $old"; return 1; } ;;
    *ScaledObject*) say "FAIL  $ns/$hpa is KEDA's still: run this again"; return 1 ;;
  esac
}

# Said first: a way back that is broken off must not leave a step standing as done.
batch_back() {
  local ns name kind target hpa result=0 finished
  look || return 1
  finished=$(have finished)
  if [ "${finished:-0}" -gt "$1" ]; then set_state finished "$1"; fi
  while read -r ns name kind target hpa; do give_up "$ns" "$name" "$kind" "$target" "$hpa" || result=1; done < <(batch "$1" | sed -n '1!G;h;$p')
  return "$result"
}

all_back() {
  local at result=0
  [ -s "$plan" ] || refuse "nothing was begun in $state"
  for ((at = ${#steps[@]} - 1; at >= 0; at--)); do batch_back "$at" || result=1; done
  if [ "$result" != 0 ]; then fail "not all went back"; fi
  if [ -n "$dry_run" ]; then say "Nothing was changed."; else say "All are back on the HPAs of before."; fi
}
