#!/usr/bin/env bash
# Installs or upgrades KEDA, then applies the overlay of an environment (namespaces, rights, network policies, scalers, the reactor), waits, and looks
# whether all is well. Run it as often as you like.
#   deploy-keda.sh --environment dev|staging|prod --context NAME
#   --dry-run              say what would be done, change nothing
#   --keda-version V       of the chart: 2.20.2 for that one, 2.13 for the newest of 2.13 (2.20.2)
#   --skip-keda            KEDA itself is not ours to install (AKS' add-on, Argo CD, Flux)
#   --no-scalers           without ScaledObjects: KEDA first, migrate.sh brings them later
#   --skip-missing-kinds   leave out what this API server has no kind for (Istio, External Secrets …) instead of refusing
#   --force-conflicts      take fields back that somebody else has changed since
#   --force                go on although a check before fails
#   --timeout SECONDS      how long to wait for each rollout, and for all to be well (120)
#   --server URL           in place of --context: an API server without credentials, such as the sandbox
# It refuses: a cluster that is not named, one whose ConfigMap keda-environment says another environment, placeholders (CHANGE_ME) in production,
# a workload that has an HPA of somebody else (migrate.sh takes those over), a missing secret of the reactor.
# Upgrading KEDA under a running reactor: order maintenance first (RUNBOOK.md, "Upgrade KEDA").
# Exit code: 0 deployed and well, 1 it was begun and is not well, 2 nothing was begun.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

environment="" keda_version=2.20.2 skip_keda="" no_scalers="" skip_missing="" conflicts=()
chart_source=${KEDA_CHARTS:-https://kedacore.github.io/charts}
while [ "$#" -gt 0 ]; do
  common_option "$@"
  if [ "$taken" = 0 ]; then
    taken=1
    case "$1" in
      --environment) environment=${2:-}; taken=2 ;;
      --keda-version) keda_version=${2:-}; taken=2 ;;
      --skip-keda) skip_keda=yes ;;
      --no-scalers) no_scalers=yes ;;
      --skip-missing-kinds) skip_missing=yes ;;
      --force-conflicts) conflicts=(--force-conflicts) ;;
      --force) force=yes ;;
      *) unknown_option "$1" ;;
    esac
  fi
  shift "$taken"
done
case "$environment" in
  dev | staging) called=$environment ;;
  prod) called=production ;;
  *) refuse "--environment: found '$environment', expected dev, staging or prod" ;;
esac
grep -Eq '^2\.(1[3-9]|[2-9][0-9])(\.[0-9]+)?$' <<<"$keda_version" || refuse "--keda-version: found '$keda_version', expected 2.13 or newer, such as 2.20 or 2.20.2"
case "$keda_version" in *.*.*) chart=$keda_version ;; *) chart="~$keda_version.0" ;; esac
overlay=$keda_root/gitops/overlays/$environment
[ -f "$overlay/kustomization.yaml" ] || refuse "there is no overlay $overlay"
need_named_cluster
keda_ns=${KEDA_NAMESPACE:-keda-system}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bad=""
no() { bad=yes; say "FAIL  $*"; }

render() {
  kubectl kustomize "$overlay" >"$work/all.yaml" || refuse "kubectl can't render $overlay"
  documents "$work/all.yaml" | awk '{ print $1, $2 }' | sort -u >"$work/wants"
  # It fails when one aggregated group does not answer, as external metrics while KEDA is ill, and names the others all the same.
  k api-resources --no-headers >"$work/resources" 2>"$work/said" || true
  [ -s "$work/resources" ] || refuse "'$cluster_name' does not say which kinds it has: $(tail -n 1 "$work/said")"
  awk '{ print $(NF - 2), $NF }' "$work/resources" | sort -u >"$work/served"
  # KEDA's own kinds come with KEDA.
  if [ -z "$skip_keda" ]; then grep ' \(ScaledObject\|ScaledJob\|TriggerAuthentication\|ClusterTriggerAuthentication\)$' "$work/wants" >>"$work/served" || true; fi
  grep -Fxv -f "$work/served" "$work/wants" >"$work/missing" || true
  grep -Fx -f "$work/served" "$work/wants" >"$work/kept" || true
  if [ -n "$no_scalers" ]; then sed -i '/ ScaledObject$/d' "$work/kept"; fi
  keep "$work/kept" <"$work/all.yaml" >"$work/overlay.yaml"
}

check_before() {
  local missing
  if [ "$server_minor" -ge 26 ]; then say "ok    Kubernetes 1.$server_minor"; else no "Kubernetes 1.$server_minor: 1.26 or newer is needed"; fi
  if [ -z "$skip_keda" ]; then
    need helm
    if helm_is_new_enough; then say "ok    helm $helm_version"; else no "helm is '${helm_version:-unknown}': 3.10 or newer is needed"; fi
  fi
  if [ -s "$work/missing" ]; then
    missing=$(tr '\n' ';' <"$work/missing" | sed 's/;$//; s/;/; /g')
    if [ -n "$skip_missing" ]; then warn "left out, since this API server has no such kind: $missing"
    else no "this API server has no such kind: $missing. Install what brings it, or leave it out: --skip-missing-kinds"; fi
  fi
  if [ "$environment" = prod ] && grep -q CHANGE_ME "$work/overlay.yaml"; then no "the overlay holds CHANGE_ME: a placeholder is no secret in production"; fi
  check_environment
  check_secrets
  check_hpas
}

check_environment() {
  local said
  said=$(k get configmap -n "$keda_ns" keda-environment -o 'jsonpath={.data.ENVIRONMENT}' 2>/dev/null) || said=""
  if [ -n "$said" ] && [ "$said" != "$called" ]; then no "'$cluster_name' says of itself that it is $said (ConfigMap $keda_ns/keda-environment); asked for was $called"; fi
}

check_secrets() {
  local ns name held
  for name in artemis-mesh/redis-credentials sophia-mesh/redis-credentials keda-reactor/sophia-keda-reactor; do
    ns=${name%%/*} name=${name#*/}
    held=$(k get secret -n "$ns" "$name" -o 'go-template={{range .data}}{{. | base64decode}}{{"\n"}}{{end}}' 2>/dev/null) || held=""
    if [ "$environment" = prod ] && [[ $held == *CHANGE_ME* ]]; then no "secret $ns/$name holds CHANGE_ME: put the real value there first"; fi
    if [ "$name" = sophia-keda-reactor ] && [ -z "$held" ] && ! grep -Fq " ExternalSecret $ns $name" <<<"$(documents "$work/overlay.yaml")"; then
      no "secret $ns/$name is not there, and nothing in the overlay makes it: RUNBOOK.md, \"Secrets\""
    fi
  done
}

# What KEDA's webhook would refuse, said before anything is begun.
check_hpas() {
  local ns name target key others
  if [ -n "$no_scalers" ] || ! has_kind scaledobjects.keda.sh; then look_at_hpas; else look || no "the ScaledObjects of '$cluster_name' can't be read"; fi
  if [ -n "$no_scalers" ]; then return 0; fi
  while read -r ns name target; do
    key=$ns/Deployment/$target
    for others in ${on_workload[$key]:-}; do
      if [ -z "${hpa_owner[$ns/$others]}" ] && [ "${hpa_by[$ns/$others]}" != sophia-keda-reactor ] && [ "${hpa_by[$ns/$others]}" != rollback-keda ]; then
        no "$key has the HPA $others, so KEDA would refuse ScaledObject $name. Let migrate.sh take it over; until then deploy with --no-scalers"
      fi
    done
  done < <(scaled_objects_in "$work/overlay.yaml" | awk '$3 == "Deployment" { print $1, $2, $4 }')
}

# Without ScaledObjects there are only HPAs to look at.
look_at_hpas() {
  local ns name uid owner kind target min max by rest
  while IFS=$us read -r ns name uid owner kind target min max by rest; do
    if [ -n "$ns" ]; then on_workload[$ns/$kind/$target]+="$name " hpa_owner[$ns/$name]=$owner hpa_by[$ns/$name]=$by; fi
  done < <(hpa_rows)
}

install_keda() {
  local values=$keda_root/base/keda/values arguments
  if [ -n "$skip_keda" ]; then say "KEDA itself is left as it is (--skip-keda)"; return 0; fi
  arguments=(upgrade --install keda keda --repo "$chart_source" --version "$chart" --namespace "$keda_ns" --create-namespace
    --values "$values/values.yaml" --values "$values/values-$called.yaml")
  # 2.13 has one account for all its parts, and cluster-wide rights only.
  case "$keda_version" in 2.13 | 2.13.*) arguments+=(--set rbac.create=true --set watchNamespace=) ;; esac
  case "${cluster[0]}" in --context) arguments+=(--kube-context "${cluster[1]}") ;; --server) arguments+=(--kube-apiserver "${cluster[1]}") ;; esac
  if [ -n "$dry_run" ]; then say "would: helm ${arguments[*]}"; return 0; fi
  say "KEDA's chart $chart"
  # No --wait: its rights are in the overlay, which waits for its definitions.
  helm "${arguments[@]}" >"$work/helm" 2>&1 || { cat "$work/helm"; fail "helm did not install KEDA; nothing else was changed"; }
  local began=$SECONDS
  until k get scaledobjects.keda.sh -A >/dev/null 2>&1; do
    if [ $((SECONDS - began)) -ge "$timeout" ]; then fail "KEDA's kinds are not served after $timeout s"; fi
    sleep 1
  done
}

apply_overlay() {
  local count name ns
  count=$(documents "$work/overlay.yaml" | wc -l)
  if [ -n "$dry_run" ]; then
    say "would: kubectl apply --server-side --field-manager=deploy-keda -k $overlay, $((count)) objects:"
    documents "$work/overlay.yaml" | awk '{ n[$2]++ } END { for (kind in n) print "  " n[kind], kind }' | sort -k 2
    return 0
  fi
  if [ -s "$work/missing" ] || [ -n "$no_scalers" ]; then
    k apply --server-side --field-manager=deploy-keda ${conflicts[@]+"${conflicts[@]}"} -f "$work/overlay.yaml" >"$work/applied" 2>"$work/errors" || applied=no
  else
    k apply --server-side --field-manager=deploy-keda ${conflicts[@]+"${conflicts[@]}"} -k "$overlay" >"$work/applied" 2>"$work/errors" || applied=no
  fi
  grep -v -e 'is configured but is not relevant' -e '^Please review' -e '^are the ways' -e '^\* ' -e '^  ' -e '^See https' "$work/errors" >&2 || true
  # Conflicts are said without the object's name.
  documents "$work/overlay.yaml" | awk '{ group = $1; if (!sub(/\/.*/, "", group)) group = ""; print tolower($2) (group == "" ? "" : "." group) "/" $4, $3 }' |
    while read -r name ns; do if ! grep -Fq "$name serverside-applied" "$work/applied"; then say "not applied: $name in ${ns/#-/the cluster}"; fi; done
  say "$(wc -l <"$work/applied" | tr -d ' ') of $((count)) objects are applied"
  if [ -n "$applied" ]; then fail "not everything was applied. What conflicts names who changed it since: mend it there, or take it back with --force-conflicts"; fi
}
applied=""

await() {
  local ns name
  while read -r ns name; do
    say "waiting for $ns/$name"
    k rollout status -n "$ns" "$name" --timeout="${timeout}s" >/dev/null || fail "$ns/$name is not rolled out after $timeout s: kubectl -n $ns describe $name; back: helm rollback keda -n $keda_ns, or apply the overlay of before"
  done < <({ k get deployments.apps -n "$keda_ns" -l app.kubernetes.io/part-of=keda-operator -o "go-template={{range .items}}$keda_ns deployment/{{.metadata.name}}{{\"\\n\"}}{{end}}"
    documents "$work/overlay.yaml" | awk '$2 == "Deployment" || $2 == "StatefulSet" { print $3, tolower($2) "/" $4 }'; })
}

step "Before: $environment on '$cluster_name'"
render
check_before
if [ -n "$bad" ]; then
  if [ -z "$force" ]; then refuse "a check failed, nothing was changed. --force goes on all the same"; fi
  warn "--force: it goes on all the same"
fi
step "KEDA"
install_keda
step "The overlay"
apply_overlay
if [ -n "$dry_run" ]; then say "Nothing was changed."; exit 0; fi
step "Rollouts"
await
bash "$(dirname "${BASH_SOURCE[0]}")/validate-deployment.sh" "${cluster[@]}" --environment "$environment" --wait --timeout "$timeout" || fail "deployed, and not all is well: see the lines that say FAIL"
