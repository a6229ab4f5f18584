#!/usr/bin/env bash
# The part of migrate.sh that looks and backs up before anything is moved. It is sourced, never run.
# shellcheck disable=SC2154,SC2034 # what it shares with the other part

# --- the checklist
listed=""
yes_it_is() { say "ok    $*"; }
not_so() { listed=bad; say "FAIL  $*"; }

checklist() {
  local kind ns name
  step "Checklist: infrastructure"
  if [ "$server_minor" -ge 26 ]; then yes_it_is "Kubernetes 1.$server_minor"; else not_so "Kubernetes 1.$server_minor: 1.26 or newer is needed"; fi
  if has_kind virtualservices.networking.istio.io; then
    if grep -Fxq networking.istio.io/v1 <<<"$(k api-versions 2>/dev/null)"; then yes_it_is "Istio serves networking.istio.io/v1"; else not_so "Istio does not serve networking.istio.io/v1: 1.22 or newer is needed"; fi
  else
    warn "no Istio: nothing is routed by it here"
  fi
  if [ -n "${PROM_URL:-}" ]; then
    if curl -fsS --max-time 10 -o /dev/null "${PROM_URL%/}/-/ready" 2>/dev/null; then yes_it_is "Prometheus at $PROM_URL"; else not_so "Prometheus at $PROM_URL does not say that it is ready (/-/ready)"; fi
  else warn "PROM_URL is not set: whether Prometheus works was not looked at"; fi
  if k get service -n shared-services redis-master >/dev/null 2>&1; then yes_it_is "Redis' Service shared-services/redis-master"; else warn "no Service shared-services/redis-master: whether Redis can be reached was not looked at"; fi
  if command -v helm >/dev/null; then
    if helm_is_new_enough; then yes_it_is "helm $helm_version"; else not_so "helm is '${helm_version:-unknown}': 3.10 or newer is needed"; fi
  else warn "no helm on the PATH: needed for KEDA itself, not for this"; fi
  if find_keda && keda_operator_up; then yes_it_is "KEDA's operator in $keda_ns"; else not_so "KEDA's operator is not up: deploy-keda.sh --no-scalers"; fi
  if has_api v1beta1.external.metrics.k8s.io; then yes_it_is "external metrics"; else not_so "external metrics are not served"; fi
  for kind in "create scaledobjects.keda.sh" "delete scaledobjects.keda.sh" "create horizontalpodautoscalers.autoscaling"; do
    while read -r ns; do
      # shellcheck disable=SC2086 # two words
      if ! may $kind -n "$ns"; then not_so "this account may not $kind in $ns"; fi
    done < <(cut -d ' ' -f 1 "$work/plan" | sort -u)
  done
  step "Checklist: backup"
  if [ -n "$dry_run" ] || [ "$what" = checklist ]; then say "the run itself backs up HPAs, Deployments, alert rules and a baseline to $state"
  else back_up; fi
  step "Checklist: team"
  if [ -n "$team" ]; then yes_it_is "you say: trained, runbook read, way back known, on-call told"
  elif [ "$environment" = prod ]; then not_so "operations trained? RUNBOOK.md read? way back (--back) known? on-call told? Say so: --team-ready"
  else warn "operations trained? RUNBOOK.md read? way back (--back) known? on-call told? (--team-ready)"; fi
  [ -z "$listed" ]
}

back_up() {
  local ns name kind target hpa
  mkdir -p "$state/hpas" "$state/scaledobjects" || refuse "the folder $state can't be made"
  while read -r ns name kind target hpa; do
    if [ "$hpa" = - ] || [ -s "$state/hpas/$ns--$name.yaml" ]; then continue; fi
    k get horizontalpodautoscalers.v2.autoscaling -n "$ns" "$hpa" -o yaml | cleaned >"$work/hpa" || refuse "HPA $ns/$hpa can't be read"
    mv "$work/hpa" "$state/hpas/$ns--$name.yaml"
  done <"$work/plan"
  yes_it_is "$(find "$state/hpas" -name '*.yaml' | wc -l | tr -d ' ') HPAs in $state/hpas"
  if [ ! -s "$state/deployments.yaml" ]; then
    k get deployments.apps -A -o yaml >"$work/deployments" || refuse "the Deployments can't be backed up"
    mv "$work/deployments" "$state/deployments.yaml"
  fi
  yes_it_is "Deployments in $state/deployments.yaml"
  if [ -s "$state/baseline.json" ] || bash "$here/metrics-baseline.sh" "${cluster[@]}" --out "$state/baseline.json" >/dev/null 2>&1; then yes_it_is "how they scale now: $state/baseline.json"
  else warn "no baseline: no workload has an HPA"; fi
  if has_kind prometheusrules.monitoring.coreos.com; then k get prometheusrules.monitoring.coreos.com -A -o yaml >"$state/alert-rules.yaml"; yes_it_is "alert rules in $state/alert-rules.yaml"
  else warn "no PrometheusRules here: alert rules were not saved"; fi
}
