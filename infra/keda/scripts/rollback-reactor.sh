#!/usr/bin/env bash
# The part of rollback-keda.sh that speaks to the reactor. It is sourced, never run.
# shellcheck disable=SC2154,SC2034 # what it shares with the other parts

# The scopes of the run as the reactor's orders name them, one a line.
scopes() {
  local ns
  if [ "${#namespaces[@]}" = 0 ]; then printf '"scope":"cluster"\n'; return 0; fi
  for ns in "${namespaces[@]}"; do printf '"scope":"namespace","namespace":"%s"\n' "$ns"; done
}

# It is asked for what it has not done: for targets that it is giving back, too.
by_reactor() {
  local answer code incident body scope
  if [ -z "$with_reactor" ] || { [ "${#moving[@]}" = 0 ] && reactors_settled; }; then return 1; fi
  if [ -z "${REACTOR_URL:-}" ]; then say "REACTOR_URL is not set: it is done by hand"; return 1; fi
  if ! reactor_answers; then warn "the reactor at $REACTOR_URL does not answer, or takes no orders now: it is done by hand"; return 1; fi
  while read -r scope; do
    body="{$scope,\"reason\":\"rollback-keda.sh\",\"by\":\"${USER:-rollback-keda.sh}\",\"requestId\":\"rollback-$stamp-$(cksum <<<"$scope" | cut -d ' ' -f 1)\"}"
    if [ -n "$dry_run" ]; then say "would: POST $REACTOR_URL/api/breakers/trip $body"; continue; fi
    answer=$(reactor POST /api/breakers/trip "$body") || true
    code=$(tail -n 1 <<<"$answer")
    if [ "$code" != 202 ]; then warn "the reactor refused the trip ($code): $(sed '$d' <<<"$answer" | json_word detail). It is done by hand"; return 1; fi
    incident=$(sed '$d' <<<"$answer" | json_word incident) || true
    say "the reactor took a manual trip ($scope): incident ${incident:-not decided yet}. It has the pause, the HPAs and the way back from here on"
    printf 'reactor %s %s\n' "${incident:-unknown}" "$scope" >>"$backup/plan"
  done < <(scopes)
  if [ -n "$dry_run" ]; then return 0; fi
  await_reactor
}

# An observe-only reactor, or one whose kill switch is on, takes the order and writes nothing; one can also go away meanwhile.
await_reactor() {
  local began=$SECONDS asked=$SECONDS
  while :; do
    look || fail "the cluster can't be read any more"
    sort_targets
    if [ "${#moving[@]}" = 0 ] && reactors_settled; then return 0; fi
    if [ $((SECONDS - began)) -ge "$timeout" ]; then break; fi
    if [ $((SECONDS - asked)) -ge 5 ]; then
      asked=$SECONDS
      if ! reactor_answers; then warn "the reactor does not answer any more: the rest is done by hand"; return 1; fi
    fi
    sleep 1
  done
  if [ "${#moving[@]}" = 0 ]; then return 0; fi
  warn "after $timeout s the reactor has not taken ${#moving[@]} of them (observe-only? kill switch? GET /api/health says): the rest is done by hand"
  return 1
}

# Paused and without KEDA's HPA: the fallback, or the reason why there is none, is the reactor's, as long as there is a reactor.
reactors_settled() {
  local key
  for key in ${with_incident[@]+"${with_incident[@]}"}; do
    if [ -n "${so_hpa[$key]:-}" ] || ! pauses "${so_paused[$key]}"; then return 1; fi
  done
}

on_reactors_fallbacks() {
  local key
  for key in ${with_incident[@]+"${with_incident[@]}"}; do if ! on_reactors_fallback "$key"; then return 1; fi; done
}

# Where REACTOR_URL is not set, its Service is asked through the API server.
reactor_lives() {
  if [ -n "${REACTOR_URL:-}" ]; then reactor_answers; return; fi
  local answer
  answer=$(k get --raw /api/v1/namespaces/keda-reactor/services/sophia-keda-reactor:http/proxy/api/health/ready 2>/dev/null) && takes_orders <<<"$answer"
}

# A dry run waits for nobody.
foresee_what_the_reactor_began() {
  if on_reactors_fallbacks || { [ -n "$with_reactor" ] && reactor_lives; }; then return 0; fi
  reactor_gone=yes
  sort_targets
}

# A reactor that stopped half way leaves targets paused and without any autoscaler.
end_what_the_reactor_began() {
  local began=$SECONDS patience=$((timeout < 60 ? timeout / 4 : 15))
  if [ -n "$with_reactor" ] && reactor_lives; then return 0; fi
  while ! on_reactors_fallbacks; do
    if [ $((SECONDS - began)) -ge "$patience" ]; then
      reactor_gone=yes
      sort_targets
      warn "there is no reactor to end what it began at ${moving[*]}: it is ended in its name"
      by_hand
      return
    fi
    sleep 1
    look || fail "the cluster can't be read any more"
    sort_targets
  done
}

# --- the way back
# give_back_incident INCIDENT SCOPE: only its targets, since the scope may hold what others have tripped.
give_back_incident() {
  local incident=$1 scope=$2 key mine=() foreign="" each
  if [ "$incident" = unknown ]; then reset "$incident" "$scope"; return; fi
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if ! in_scope "$key" || [ -z "${so_incident[$key]}" ]; then continue; fi
    if [ "${so_incident[$key]}" = "$incident" ]; then mine+=("$key"); else foreign=yes; fi
  done
  if [ "${#mine[@]}" = 0 ]; then say "incident $incident holds nothing any more"; return 0; fi
  if [ -z "$foreign" ]; then reset "$incident" "$scope"; return; fi
  for each in "${mine[@]}"; do reset "$incident" "\"scope\":\"target\",\"namespace\":\"${each%%/*}\",\"name\":\"${each#*/}\"" || return 1; done
}

reset() {
  local incident=$1 scope=$2 answer code title
  if [ -n "$dry_run" ]; then say "would: POST $REACTOR_URL/api/breakers/reset {$scope,\"mode\":\"gradual\",…}"; return 0; fi
  answer=$(reactor POST /api/breakers/reset "{$scope,\"mode\":\"gradual\",\"reason\":\"rollback-keda.sh --restore\",\"by\":\"${USER:-rollback-keda.sh}\"}") || true
  code=$(tail -n 1 <<<"$answer")
  title=$(sed '$d' <<<"$answer" | json_word title) || true
  case "$code $title" in
    202*) say "the reactor gives back what incident $incident holds: probes, a canary, then waves. Watch it: GET $REACTOR_URL/api/incidents/$incident" ;;
    "409 Nothing is tripped") say "the reactor has nothing to give back ($scope)" ;;
    *) say "FAIL  the reactor refused the reset ($code): $title: $(sed '$d' <<<"$answer" | json_word detail)"; return 1 ;;
  esac
}

restore_by_reactor() {
  local what incident scope key result=0
  while read -r what incident scope; do
    if [ "$what" != reactor ]; then continue; fi
    if ! reactor_answers; then fail "incident $incident was tripped through the reactor, which does not answer now: set REACTOR_URL and REACTOR_KEY, and run this again"; fi
    give_back_incident "$incident" "$scope" || result=1
  done <"$restore/plan"
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if in_scope "$key" && [ -n "${so_incident[$key]}" ] && ! grep -q "^reactor \(unknown\|${so_incident[$key]}\) " "$restore/plan"; then
      warn "left alone: $key: the reactor has it, incident ${so_incident[$key]}, which this did not order. It gives it back itself, or by POST /api/breakers/reset"
    fi
  done
  return "$result"
}
