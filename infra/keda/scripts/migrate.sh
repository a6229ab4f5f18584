#!/usr/bin/env bash
# Moves workloads from their HPAs to KEDA, in batches with a gate after each; a batch whose gate fails goes back to its HPAs. KEDA takes each HPA
# over (transfer-hpa-ownership): a ScaledObject beside a foreign HPA is what its webhook refuses. Run it again to go on.
#   migrate.sh --context NAME --environment dev|staging|prod     checklist, then batch after batch
#   --checklist            only the checklist
#   --status               how far it is
#   --back                 all that was migrated goes back to its HPAs
#   --dry-run              say what would be done, change nothing, write nothing
#   --profile batches      25, 50, 75, 100 %, one after the other (default)
#   --profile canary-weeks 1 workload, 10, 50, 100 %: one step a run, the next not before a day has passed
#   --soak SECONDS         how long a batch is watched before its gate (batches 120, canary-weeks 86400; KEDA needs two HPA syncs, 45, to look well)
#   --now                  go on although a step's soak is not over; its gate counts all the same
#   --first NAMESPACE/NAME the ScaledObject that begins; else the one with the smallest maximum. The others follow by namespace
#   --manifests FOLDER     a kustomization with the ScaledObjects, in place of the environment's overlay
#   --state FOLDER         plan, backups and how far it is (keda-migration here): keep it, the way back is in it
#   --team-ready           you say it: operations trained, runbook read, on-call told. Production asks for it
#   --force                begin although the checklist fails
#   --timeout SECONDS      how long KEDA may take for a batch (120)
#   --server URL           in place of --context: an API server without credentials, such as the sandbox
# Gate, of each workload: ScaledObject Ready, not paused and not on its own spec.fallback (its source does not answer then), its HPA KEDA's, alone on
# the workload and scaling, no more than 3 rescales a minute meanwhile.
# Broken off (Ctrl-C, a lost connection) it can be run again, forward or --back: what it finds half done it ends.
# Exit code: 0 done (or the step is), 1 a batch went back, 2 nothing was begun.
# shellcheck disable=SC2016 # the dollars are the templates' own
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

here=$(dirname "${BASH_SOURCE[0]}")
what=run profile="" soak="" now="" first="" manifests="" state=keda-migration team="" environment=""
while [ "$#" -gt 0 ]; do
  common_option "$@"
  if [ "$taken" = 0 ]; then
    taken=1
    case "$1" in
      --checklist | --status | --back) what=${1#--} ;;
      --profile) profile=${2:-}; taken=2; case "$profile" in batches | canary-weeks) ;; *) refuse "--profile: found '$profile', expected batches or canary-weeks" ;; esac ;;
      --environment) environment=${2:-}; taken=2; case "$environment" in dev | staging | prod) ;; *) refuse "--environment: found '$environment', expected dev, staging or prod" ;; esac ;;
      --soak) soak=$(whole --soak "${2:-}" 1 2592000) || exit 2; taken=2 ;;
      --first) value --first "${2:-}" "NAMESPACE/NAME of a ScaledObject"; first=$2; taken=2 ;;
      --manifests) value --manifests "${2:-}" "a folder"; manifests=$2; taken=2 ;;
      --state) value --state "${2:-}" "a folder"; state=$2; taken=2 ;;
      --now) now=yes ;;
      --team-ready) team=yes ;;
      --force) force=yes ;;
      *) unknown_option "$1" ;;
    esac
  fi
  shift "$taken"
done
need_named_cluster
find_keda || true
if [ -z "$manifests" ] && [ -n "$environment" ]; then manifests=$keda_root/gitops/overlays/$environment; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- the state: files, so that people can read them. plan: "NAMESPACE NAME KIND WORKLOAD HPA", in the order in which they move; HPA "-": it had none.
plan=$state/plan
have() { sed -n "s/^$1=//p" "$state/state" 2>/dev/null || true; }
set_state() {
  if [ -n "$dry_run" ]; then return 0; fi
  { grep -v "^$1=" "$state/state" 2>/dev/null || true; printf '%s=%s\n' "$1" "$2"; } >"$state/state.new"
  mv "$state/state.new" "$state/state"
}
if [ -z "$profile" ]; then profile=$(have profile); profile=${profile:-batches}; fi
if [ -n "$(have profile)" ] && [ "$(have profile)" != "$profile" ]; then refuse "$state was begun with --profile $(have profile); go on with that, or name another folder by --state"; fi
if [ -n "$(have cluster)" ] && [ "$(have cluster)" != "$cluster_name" ]; then refuse "$state is of the cluster '$(have cluster)', not of '$cluster_name'"; fi
case "$profile" in batches) steps=(25% 50% 75% 100%) soak=${soak:-120} ;; *) steps=(1 10% 50% 100%) soak=${soak:-86400} ;; esac

# up_to STEP: how many of the plan are migrated when that step is done
up_to() {
  local share=${steps[$1]} all count
  all=$(wc -l <"$plan")
  case "$share" in *%) count=$(((all * ${share%\%} + 99) / 100)) ;; *) count=$share ;; esac
  if [ "$count" -gt "$all" ]; then count=$all; fi
  if [ "$1" -gt 0 ]; then all=$(up_to $(($1 - 1))); if [ "$count" -lt "$all" ]; then count=$all; fi; fi
  printf '%s' "$count"
}
batch() {
  local from=0
  if [ "$1" -gt 0 ]; then from=$(up_to $(($1 - 1))); fi
  awk -v from="$from" -v to="$(up_to "$1")" 'NR > from && NR <= to' "$plan"
}

render() {
  [ -n "$manifests" ] || refuse "say --environment dev|staging|prod, or --manifests FOLDER: where the ScaledObjects are"
  kubectl kustomize "$manifests" >"$work/all.yaml" || refuse "kubectl can't render $manifests"
  scaled_objects_in "$work/all.yaml" >"$work/wanted"
  [ -s "$work/wanted" ] || refuse "$manifests has no ScaledObject"
  if [ -n "$first" ] && ! grep -Fq "${first%%/*} ${first#*/} " "$work/wanted"; then refuse "--first: there is no ScaledObject $first in $manifests"; fi
}

# The document of one ScaledObject.
document() { awk -v ns="$1" -v wanted="$2" 'function flush() { if (is && name == wanted && space == ns) printf "%s", text; text = name = space = top = ""; is = 0 }
  /^---$/ { flush(); next } /^kind: ScaledObject$/ { is = 1 } /^[a-z]/ { top = $1 } top == "metadata:" && /^  name: / { name = $2 } top == "metadata:" && /^  namespace: / { space = $2 }
  { text = text $0 "\n" } END { flush() }' "$work/all.yaml"; }

make_plan() {
  local ns name kind target max hpas
  look || refuse "the ScaledObjects and HPAs of '$cluster_name' can't be read"
  if [ -n "$first" ]; then grep -F "${first%%/*} ${first#*/} " "$work/wanted"; else sort -k 5,5n -k 1,2 "$work/wanted" | head -n 1; fi >"$work/order"
  { grep -Fxv -f "$work/order" "$work/wanted" || true; } | sort -k 1,1 -k 5,5n -k 2,2 >"$work/others"
  cat "$work/others" >>"$work/order"
  : >"$work/plan"
  while read -r ns name kind target max; do
    hpas=${on_workload[$ns/$kind/$target]:-}
    # shellcheck disable=SC2086 # names are words
    set -- $hpas
    if [ -n "${so_uid[$ns/$name]:-}" ]; then say "already KEDA's: $ns/$name"; continue; fi
    if [ "$#" -gt 1 ]; then refuse "$ns/$kind/$target has $# HPAs ($hpas), which stop or fight each other already: delete one first"; fi
    printf '%s %s %s %s %s\n' "$ns" "$name" "$kind" "$target" "${1:--}" >>"$work/plan"
  done <"$work/order"
}

# shellcheck source-path=SCRIPTDIR source=migrate-checklist.sh
. "$(dirname "${BASH_SOURCE[0]}")/migrate-checklist.sh"

# --- one batch
move() {
  local ns=$1 name=$2 hpa=$5 patch='{}' annotations="\"annotations\":{\"$transfer_key\":\"true\"}" spec
  spec=$(printf '"spec":{"advanced":{"horizontalPodAutoscalerConfig":{"name":"%s"}}}' "$hpa")
  if [ "$hpa" != - ]; then patch="{\"metadata\":{$annotations},$spec}"; fi
  document "$ns" "$name" | kubectl patch --local -f - --type=merge -p "$patch" -o yaml >"$work/scaledobject" || return 1
  if [ -n "$dry_run" ]; then say "would: create ScaledObject $ns/$name on $3/$4$(if [ "$hpa" != - ]; then printf ', which takes over the HPA %s' "$hpa"; fi)"; return 0; fi
  if [ -n "${so_deleting[$ns/$name]:-}" ]; then
    say "$ns/$name is on its way out since ${so_deleting[$ns/$name]}: waited for"
    k wait scaledobjects.keda.sh -n "$ns" "$name" --for=delete --timeout="${timeout}s" >/dev/null 2>&1 ||
      { say "FAIL  $ns/$name is being deleted and does not go (its finalizer needs KEDA's operator)"; return 1; }
  fi
  cp "$work/scaledobject" "$state/scaledobjects/$ns--$name.yaml"
  k apply --server-side --field-manager=deploy-keda -f "$work/scaledobject" 2>"$work/said" >/dev/null || { say "FAIL  $ns/$name: $(grep -v '^Warning' "$work/said" | tail -n 1)"; return 1; }
  # These two stay when the overlay, which has neither, is applied one day.
  if [ "$hpa" != - ]; then
    k apply --server-side --field-manager=migrate-keda -f - >/dev/null 2>&1 \
      <<<"{\"apiVersion\":\"keda.sh/v1alpha1\",\"kind\":\"ScaledObject\",\"metadata\":{\"name\":\"$name\",\"namespace\":\"$ns\",$annotations},$spec}" || return 1
  fi
  # A way back that was broken off had paused it.
  if [ -n "${so_back[$ns/$name]:-}" ]; then k annotate scaledobjects.keda.sh -n "$ns" "$name" "$pause_key-" "$back_key-" >/dev/null || return 1; fi
}

# gate STEP: says what is not well; quiet says nothing
gate() {
  local ns name kind target hpa key alone result=0 quiet=${2:-}
  look || return 1
  while read -r ns name kind target hpa; do
    key=$ns/$name alone=${on_workload[$ns/$kind/$target]:-}
    if [ -z "${so_uid[$key]:-}" ]; then why="there is no ScaledObject"
    elif [ -n "${so_incident[$key]}" ]; then why="the reactor has tripped it, incident ${so_incident[$key]}"
    elif [ -n "${so_deleting[$key]}" ]; then why="it is being deleted"
    elif pauses "${so_paused[$key]}" || [ -n "${so_paused_replicas[$key]}" ]; then why="it is paused"
    elif [ "${so_ready[$key]%% *}" != True ]; then why="not Ready (${so_ready[$key]:-KEDA has not looked at it})"
    elif [ "${so_falls_back[$key]}" = True ]; then why="its source does not answer, KEDA holds it at spec.fallback (condition Fallback)"
    elif [ -z "${so_hpa[$key]:-}" ]; then why="KEDA owns no HPA for it"
    elif [ "$alone" != "${so_hpa[$key]} " ]; then why="its workload has more than one HPA: $alone"
    elif [ "${hpa_active[$ns/${so_hpa[$key]}]}" != True ] && [ "${hpa_why[$ns/${so_hpa[$key]}]}" != ScalingDisabled ]; then why="its HPA does not scale: ${hpa_why[$ns/${so_hpa[$key]}]:-not synced yet}"
    else why=""; fi
    if [ -n "$why" ]; then result=1; if [ -z "$quiet" ]; then say "FAIL  $key: $why"; fi; fi
  done < <(batch "$1")
  return "$result"
}

# rescales STEP: how many the events count on the batch's HPAs, the most of one
rescales() {
  k get events -A --field-selector reason=SuccessfulRescale -o 'go-template={{range .items}}{{.metadata.namespace}} {{.involvedObject.name}} {{with .count}}{{.}}{{else}}1{{end}}{{"\n"}}{{end}}' 2>/dev/null |
    awk '{ n[$1 " " $2] += $3 } END { for (hpa in n) print hpa, n[hpa] }' | sort
}

calm() {
  local ns name kind target hpa before after most seconds=$2
  most=$((3 * seconds / 60 + 3))
  rescales >"$work/after"
  while read -r ns name kind target hpa; do
    hpa=${so_hpa[$ns/$name]:-none}
    before=$(awk -v a="$ns" -v b="$hpa" '$1 == a && $2 == b { print $3 }' "$work/before")
    after=$(awk -v a="$ns" -v b="$hpa" '$1 == a && $2 == b { print $3 }' "$work/after")
    if [ $((${after:-0} - ${before:-0})) -gt "$most" ]; then say "FAIL  $ns/$name: $((${after:-0} - ${before:-0})) rescales in $seconds s, at most $most are calm"; return 1; fi
  done < <(batch "$1")
}

# shellcheck source-path=SCRIPTDIR source=migrate-back.sh
. "$(dirname "${BASH_SOURCE[0]}")/migrate-back.sh"

run_step() {
  local at=$1 ns name kind target hpa began=$SECONDS watched result=0
  if [ -z "$(batch "$at")" ]; then return 0; fi
  step "Step $((at + 1)) of ${#steps[@]}: ${steps[$at]}, $(batch "$at" | wc -l | tr -d ' ') workloads"
  look || return 1
  rescales >"$work/before"
  while read -r ns name kind target hpa; do
    move "$ns" "$name" "$kind" "$target" "$hpa" || { result=1; break; }
    if [ -z "$dry_run" ]; then say "moved $ns/$name"; fi
  done < <(batch "$at")
  if [ -n "$dry_run" ]; then return 0; fi
  while [ "$result" = 0 ] && ! gate "$at" quiet; do
    if [ $((SECONDS - began)) -ge "$timeout" ]; then gate "$at" || true; result=1; break; fi
    sleep 1
  done
  if [ "$result" = 0 ] && [ "$profile" = batches ]; then
    say "KEDA has them after $((SECONDS - began)) s; watched for $soak s"
    watched=$SECONDS
    sleep "$soak"
    gate "$at" && calm "$at" "$((SECONDS - watched))" || result=1
  fi
  if [ "$result" = 0 ]; then say "gate  passed"; return 0; fi
  say "gate  failed: the batch goes back to its HPAs"
  batch_back "$at" || true
  return 1
}

run_all() {
  local at finished since
  if [ -s "$plan" ]; then cp "$plan" "$work/plan"; else make_plan; fi
  if [ ! -s "$work/plan" ]; then say "nothing to migrate"; exit 0; fi
  if ! checklist; then
    if [ -z "$force" ]; then refuse "the checklist fails, nothing was moved. --force goes on all the same"; fi
    warn "--force: it goes on all the same"
  fi
  if [ -n "$dry_run" ]; then plan=$work/plan
  elif [ ! -s "$plan" ]; then
    set_state profile "$profile"; set_state cluster "$cluster_name"; set_state finished 0
    # Last, and at once: with a plan it counts as begun.
    cp "$work/plan" "$plan.new" && mv "$plan.new" "$plan"
  fi
  finished=$(have finished)
  for ((at = ${finished:-0}; at < ${#steps[@]}; at++)); do
    since=$(have since)
    if [ "$profile" = canary-weeks ] && [ "$at" -gt 0 ] && [ -z "$dry_run" ]; then
      if [ $(($(date +%s) - ${since:-0})) -lt "$soak" ] && [ -z "$now" ]; then
        refuse "step $at is to be watched for $soak s; $((soak - $(date +%s) + since)) s are left. --now goes on all the same"
      fi
      step "Gate of step $at"
      if ! gate $((at - 1)); then say "gate  failed: the batch goes back to its HPAs"; batch_back $((at - 1)) || true; exit 1; fi
      say "gate  passed"
    fi
    if ! run_step "$at"; then fail "stopped before ${steps[$at]}: $at of ${#steps[@]} steps are done. Mend what failed and run it again"; fi
    set_state finished $((at + 1))
    set_state since "$(date +%s)"
    if [ "$profile" = canary-weeks ] && [ -z "$dry_run" ] && [ $((at + 1)) -lt "${#steps[@]}" ]; then say "Watch it; the next step is ${steps[$((at + 1))]}, in $soak s or more: run this again"; exit 0; fi
  done
  if [ -n "$dry_run" ]; then say "Nothing was changed."; exit 0; fi
  step "Done"
  say "All are KEDA's. Left to do: remove the old HPAs from your repositories, compare ($here/metrics-baseline.sh --compare $state/baseline.json), archive $state."
}

status() {
  local at=0 ns name kind target hpa all finished shown
  [ -s "$plan" ] || { say "nothing was begun in $state"; exit 0; }
  look || refuse "the ScaledObjects of '$cluster_name' can't be read"
  finished=$(have finished)
  say "profile $profile, ${finished:-0} of ${#steps[@]} steps done"
  for at in "${!steps[@]}"; do
    say "$(if [ "$at" -lt "${finished:-0}" ]; then echo "done"; else echo open; fi)  ${steps[$at]}"
    while read -r ns name kind target hpa; do
      all=${on_workload[$ns/$kind/$target]:-none}
      if [ -n "${so_uid[$ns/$name]:-}" ]; then shown="KEDA, ${so_ready[$ns/$name]:-not looked at}"; else shown="HPA"; fi
      say "      $ns/$name on $kind/$target: $shown; HPAs: $all"
    done < <(batch "$at")
  done
}

case "$what" in
  status) status ;;
  back) all_back ;;
  checklist) render; make_plan; checklist || exit 1 ;;
  *) if [ ! -s "$plan" ] || [ -n "$manifests" ]; then render; else refuse "say --environment or --manifests, as at the first run"; fi; run_all ;;
esac
