#!/usr/bin/env bash
# Looks whether KEDA, the reactor and what hangs on them are as they should be. It changes nothing.
#   validate-deployment.sh                      kubectl's present context
#   validate-deployment.sh --context NAME       another one
#   --environment dev|staging|prod  how strict: outside prod a placeholder secret and a missing reactor are warnings (prod)
#   --wait                          look again until nothing fails, at most --timeout seconds (120)
#   --dry-run                       send no dry-run write either: KEDA's webhook is then not tried
#   --server URL                    in place of --context: an API server without credentials, such as the sandbox
# Each line is ok, warn or FAIL, with what to do. REACTOR_URL and REACTOR_KEY (a viewer's) let it ask the reactor; without them it
# tries the reactor's Service through the API server.
# Exit code: 0 nothing fails, 1 something does, 2 it could not look.
# shellcheck disable=SC2016 # the dollars are the templates' own
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

environment=prod wait_for=""
while [ "$#" -gt 0 ]; do
  common_option "$@"
  if [ "$taken" = 0 ]; then
    taken=1
    case "$1" in
      --environment) environment=${2:-}; taken=2; case "$environment" in dev | staging | prod) ;; *) refuse "--environment: found '$environment', expected dev, staging or prod" ;; esac ;;
      --wait) wait_for=yes ;;
      *) unknown_option "$1" ;;
    esac
  fi
  shift "$taken"
done
need_any_cluster

good=0 doubtful=0 bad=0
fine() { good=$((good + 1)); say "ok    $*"; }
doubt() { doubtful=$((doubtful + 1)); say "warn  $*"; }
bad() { bad=$((bad + 1)); say "FAIL  $*"; }
bad_in_prod() { if [ "$environment" = prod ]; then bad "$@"; else doubt "$@"; fi; }

lease_time() { k get leases.coordination.k8s.io -n "$keda_ns" operator.keda.sh -o 'jsonpath={.spec.renewTime}' 2>/dev/null || true; }

check_keda() {
  local name wanted_pods up seen="" kind
  if [ "$server_minor" -ge 26 ]; then fine "Kubernetes 1.$server_minor"; else bad "Kubernetes 1.$server_minor: 1.26 or newer is needed"; fi
  for kind in scaledobjects scaledjobs triggerauthentications; do
    if has_kind "$kind.keda.sh"; then fine "kind $kind.keda.sh"; else bad "kind $kind.keda.sh is missing: deploy-keda.sh installs KEDA with its definitions"; fi
  done
  if ! find_keda; then bad "no Deployment with the label app.kubernetes.io/part-of=keda-operator: is KEDA installed? Else name its namespace: KEDA_NAMESPACE"; return 0; fi
  while read -r name wanted_pods up; do
    seen+=" $name"
    if [ "$up" = 0 ]; then bad "$keda_ns/$name has no available pod: kubectl -n $keda_ns describe deployment $name"
    elif [ "$up" -lt "$wanted_pods" ]; then doubt "$keda_ns/$name: $up of $wanted_pods pods are available"
    else fine "$keda_ns/$name: $up of $wanted_pods pods"; fi
  done < <(keda_parts)
  case "$seen" in *operator*) ;; *) bad "KEDA's operator is not in $keda_ns" ;; esac
  case "$seen" in *metrics*) ;; *) bad "KEDA's metrics server is not in $keda_ns" ;; esac
  case "$seen" in *webhook*) ;; *) doubt "KEDA's admission webhooks are not in $keda_ns: two autoscalers on one workload are not refused" ;; esac
  if has_api v1beta1.external.metrics.k8s.io; then
    case "$(external_metrics_from)" in
      "$keda_ns"/*) fine "external metrics are served" ;;
      *) bad "APIService v1beta1.external.metrics.k8s.io leads to $(external_metrics_from), not to KEDA in $keda_ns: TROUBLESHOOTING.md, somebody else serves the metrics" ;;
    esac
  else bad "APIService v1beta1.external.metrics.k8s.io is not Available: kubectl describe apiservice v1beta1.external.metrics.k8s.io"
  fi
  if has_api v1beta1.metrics.k8s.io; then fine "CPU metrics are served"; else bad "APIService v1beta1.metrics.k8s.io is not Available: fallback HPAs could not scale. Mend metrics-server"; fi
}

check_lease() {
  local now
  if [ -z "$keda_ns" ]; then return 0; fi
  if [ -z "$lease_before" ]; then doubt "no lease operator.keda.sh in $keda_ns (--leader-elect=false?): a hung operator can't be told from a well one"; return 0; fi
  while now=$(lease_time); [ "$now" = "$lease_before" ] && [ $((SECONDS - lease_began)) -lt 8 ]; do sleep 1; done
  if [ "$now" != "$lease_before" ]; then fine "KEDA's operator renews its lease"; else bad "KEDA's operator has not renewed its lease for 8 s: kubectl -n $keda_ns logs deployment/keda-operator --tail 50"; fi
}

# A second ScaledObject on a workload that has one must be refused. Asked as a dry run: nothing is kept.
check_webhook() {
  local key said
  if [ -n "$dry_run" ]; then return 0; fi
  for key in ${so_list[@]+"${so_list[@]}"}; do
    if [ -n "${so_deleting[$key]}" ]; then continue; fi
    said=$(k create --dry-run=server -f - 2>&1 <<YAML || true
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: validate-deployment-probe, namespace: ${key%%/*}}
spec:
  scaleTargetRef: {apiVersion: "${so_version[$key]}", kind: "${so_kind[$key]}", name: "${so_target[$key]}"}
  triggers: [{type: cron, metadata: {timezone: UTC, start: 0 0 * * *, end: 1 0 * * *, desiredReplicas: "1"}}]
YAML
)
    case "$said" in
      *"already managed by"*) fine "KEDA's webhook refuses a second autoscaler" ;;
      *orbidden*"cannot create"*) doubt "KEDA's webhook was not tried: this account may not create ScaledObjects in ${key%%/*}" ;;
      *created*) bad "KEDA's webhook lets a second ScaledObject on ${so_kind[$key]}/${so_target[$key]} pass: is it up? (failurePolicy is Ignore)" ;;
      *) doubt "KEDA's webhook: $(tail -n 1 <<<"$said")" ;;
    esac
    return 0
  done
}

check_targets() {
  local key all ready
  if [ "${#so_list[@]}" = 0 ]; then doubt "there is no ScaledObject"; return 0; fi
  for key in "${so_list[@]}"; do
    all=${on_workload[$(workload_of "$key")]:-} ready=${so_ready[$key]}
    # shellcheck disable=SC2086
    set -- $all
    if [ "$#" -gt 1 ]; then bad "$(workload_of "$key") has $# HPAs: ${all% }. They stop or fight each other; delete the one that is not wanted"; continue; fi
    if [ -n "${so_incident[$key]}" ]; then doubt "$key is with the reactor, incident ${so_incident[$key]}: GET /api/breakers/$key/why"; continue; fi
    if [ -n "${so_mark[$key]}" ]; then doubt "$key is on the fallback of rollback-keda.sh since ${so_mark[$key]}"; continue; fi
    if pauses "${so_paused[$key]}" || [ -n "${so_paused_replicas[$key]}" ]; then doubt "$key is paused by somebody"; continue; fi
    case "$ready" in
      True*) if [ -n "${so_hpa[$key]:-}" ]; then fine "$key is Ready, ${so_hpa[$key]}"; else bad "$key is Ready and has no HPA: kubectl -n ${key%%/*} describe scaledobject ${key#*/}"; fi ;;
      *) bad "$key is not Ready (${ready:-not looked at by KEDA yet}): kubectl -n ${key%%/*} describe scaledobject ${key#*/}" ;;
    esac
  done
}

check_network() {
  local ns count
  if ! has_kind networkpolicies.networking.k8s.io; then doubt "this API server has no NetworkPolicies: what may reach KEDA can't be told"; return 0; fi
  for ns in "$keda_ns" keda-reactor; do
    if [ -z "$ns" ]; then continue; fi
    if [ "$ns" = keda-reactor ] && ! k get namespace "$ns" >/dev/null 2>&1; then continue; fi
    count=$(k get networkpolicies.networking.k8s.io -n "$ns" -o name 2>/dev/null | wc -l) || count=0
    if [ "$count" -gt 0 ]; then fine "$((count)) network policies in $ns"; else bad_in_prod "no network policy in $ns: deploy-keda.sh --environment $environment brings them"; fi
  done
}

# secret NAMESPACE NAME KEY...: it is there, has these keys, and none holds a placeholder. No value is ever shown.
secret() {
  local ns=$1 name=$2 keys key missing="" held
  shift 2
  if ! keys=$(k get secret -n "$ns" "$name" -o 'go-template={{range $key, $value := .data}}{{$key}}{{"\n"}}{{end}}' 2>&1); then
    case "$keys" in
      *orbidden*) doubt "secret $ns/$name can't be read by this account" ;;
      *) bad "secret $ns/$name is not there: kubectl -n $ns get externalsecret, or make it by hand (RUNBOOK.md, \"Secrets\")" ;;
    esac
    return 0
  fi
  for key in "$@"; do if ! grep -Fxq "$key" <<<"$keys"; then missing+=" $key"; fi; done
  if [ -n "$missing" ]; then bad "secret $ns/$name has no$missing"; return 0; fi
  held=$(k get secret -n "$ns" "$name" -o 'go-template={{range .data}}{{. | base64decode}}{{"\n"}}{{end}}' | grep -c CHANGE_ME || true)
  if [ "$held" -gt 0 ]; then bad_in_prod "secret $ns/$name still holds CHANGE_ME: put the real value there (RUNBOOK.md, \"Secrets\")"; else fine "secret $ns/$name"; fi
}

check_secrets() {
  local ns name keys
  if ! has_kind secrets; then doubt "this API server has no Secrets: they were not looked at"; return 0; fi
  while read -r ns name keys; do
    # shellcheck disable=SC2086 # keys are words
    if [ -n "$ns" ]; then secret "$ns" "$name" $keys; fi
  done < <(k get triggerauthentications.keda.sh -A -o 'go-template={{range .items}}{{$ns := .metadata.namespace}}{{range .spec.secretTargetRef}}{{$ns}} {{.name}} {{.key}}{{"\n"}}{{end}}{{end}}' 2>/dev/null | sort -u |
    awk '{ name = $1 " " $2; if (!(name in keys)) order[++n] = name; keys[name] = keys[name] " " $3 } END { for (i = 1; i <= n; i++) print order[i] keys[order[i]] }')
  if k get namespace keda-reactor >/dev/null 2>&1; then secret keda-reactor sophia-keda-reactor Keys__Operator Keys__Sender Memory__Key; fi
}

check_reactor() {
  local answer where status
  if [ -n "${REACTOR_URL:-}" ]; then
    need curl
    where=$REACTOR_URL answer=$(reactor GET /api/health | sed '$d') || answer=""
  else
    where="the Service keda-reactor/sophia-keda-reactor" answer=$(k get --raw /api/v1/namespaces/keda-reactor/services/sophia-keda-reactor:http/proxy/api/health 2>&1) || true
    # An unhealthy one answers 503, of which kubectl shows its own words only; so does a Service without a ready pod.
    case "$answer" in *"no endpoints"*) answer="" ;; *ServiceUnavailable* | *"currently unable to handle"*) answer='"status":"unhealthy"' ;; esac
  fi
  status=$(json_word status <<<"$answer") || status=""
  case "$status" in
    [Hh]ealthy) fine "the reactor at $where is healthy" ;;
    [Dd]egraded) doubt "the reactor at $where is degraded: GET /api/health with a viewer's key gives the reasons" ;;
    [Uu]nhealthy) bad "the reactor at $where is unhealthy: GET /api/health with a viewer's key gives the reasons" ;;
    *) bad_in_prod "the reactor does not answer at $where. Is it elsewhere? Then set REACTOR_URL" ;;
  esac
}

# --- MCP routing: scaled pods must be found by who calls them. KEDA changes nothing there, and this is where it would show.
declare -A selectors=() ready_in=()
namespaces_known=" "
routing_rows() {
  local rows ns name rest
  namespaces_known=" $(k get namespaces -o 'jsonpath={.items[*].metadata.name}') "
  rows=$(k get services -A -o 'go-template={{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{with .spec.selector}}{{range $key, $value := .}}{{$key}}={{$value}} {{end}}{{end}}{{"\n"}}{{end}}')
  while IFS=$us read -r ns name rest; do if [ -n "$ns" ]; then selectors[$ns/$name]=$rest; fi; done <<<"$rows"
  rows=$(k get endpointslices.discovery.k8s.io -A -o 'go-template={{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{with .metadata.labels}}{{with index . "kubernetes.io/service-name"}}{{.}}{{end}}{{end}}{{"\x1f"}}{{range .endpoints}}{{if .conditions}}{{if eq (printf "%v" .conditions.ready) "false"}}{{else}}x{{end}}{{else}}x{{end}}{{end}}{{"\n"}}{{end}}')
  while IFS=$us read -r ns name rest; do if [ -n "$ns" ]; then ready_in[$ns/$name]=${ready_in[$ns/$name]:-}$rest; fi; done <<<"$rows"
}

# selects SERVICE LABELS: whether all of its selector is among " k=v k=v ".
selects() {
  local one
  if [ -z "${selectors[$1]}" ]; then return 1; fi
  for one in ${selectors[$1]}; do case "$2" in *" $one "*) ;; *) return 1 ;; esac; done
}

# service_of HOST NAMESPACE: NAMESPACE/NAME of the Service that a mesh's host means, or nothing for what is no name inside the cluster: of two
# labels the second may be a namespace (queue.sophia-mesh) or a top-level domain (example.com).
service_of() {
  local host=$1 name rest
  case "$host" in
    *'*'*) ;;
    *.svc.* | *.svc) name=${host%%.*} rest=${host#*.}; printf '%s/%s' "${rest%%.*}" "$name" ;;
    *.*.*) ;;
    *.*) case "$namespaces_known" in *" ${host#*.} "*) printf '%s/%s' "${host#*.}" "${host%%.*}" ;; esac ;;
    *) printf '%s/%s' "$2" "$host" ;;
  esac
}

check_routing() {
  local key labels service found count ns name kind host where rows
  if ! has_kind services || ! has_kind endpointslices.discovery.k8s.io; then doubt "this API server has no Services or EndpointSlices: routing was not looked at"; return 0; fi
  routing_rows
  for key in ${so_list[@]+"${so_list[@]}"}; do
    labels=$(k get "${so_resource[$key]}" -n "${key%%/*}" "${so_target[$key]}" -o 'go-template={{with .spec.template.metadata.labels}}{{range $key, $value := .}} {{$key}}={{$value}}{{end}}{{end}} ' 2>/dev/null) || continue
    found=""
    for service in "${!selectors[@]}"; do
      if [ "${service%%/*}" != "${key%%/*}" ] || ! selects "$service" "$labels"; then continue; fi
      found=yes count=${ready_in[$service]:-}
      count=${#count}
      if [ "$count" -gt 0 ]; then fine "Service $service sends to $count ready pods of ${so_target[$key]}"
      elif [ "${available[$(workload_of "$key")]:-0}" = 0 ]; then fine "Service $service has no endpoint, and ${so_target[$key]} no available pod"
      else bad "Service $service has no ready endpoint although ${so_target[$key]} has ${available[$(workload_of "$key")]} available pods: kubectl -n ${key%%/*} get endpointslices -l kubernetes.io/service-name=${service#*/}"; fi
    done
    if [ -z "$found" ]; then fine "no Service selects ${key%%/*}/${so_target[$key]}: nothing is routed to it"; fi
  done
  for kind in virtualservices destinationrules; do
    if ! has_kind "$kind.networking.istio.io"; then continue; fi
    rows=$(k get "$kind.networking.istio.io" -A -o 'go-template={{range .items}}{{$ns := .metadata.namespace}}{{$name := .metadata.name}}{{with .spec.host}}{{$ns}} {{$name}} {{.}}{{"\n"}}{{end}}{{range .spec.http}}{{range .route}}{{$ns}} {{$name}} {{.destination.host}}{{"\n"}}{{end}}{{end}}{{range .spec.tcp}}{{range .route}}{{$ns}} {{$name}} {{.destination.host}}{{"\n"}}{{end}}{{end}}{{range .spec.tls}}{{range .route}}{{$ns}} {{$name}} {{.destination.host}}{{"\n"}}{{end}}{{end}}{{end}}')
    while read -r ns name host; do
      if [ -z "$ns" ]; then continue; fi
      where=$(service_of "$host" "$ns")
      if [ -z "$where" ]; then fine "${kind%s} $ns/$name: $host is no Service of this cluster"
      elif [ -n "${selectors[$where]+set}" ]; then fine "${kind%s} $ns/$name: $host is Service $where"
      else bad "${kind%s} $ns/$name sends to $host, and there is no Service $where: kubectl -n $ns get $kind $name -o yaml"; fi
    done < <(sort -u <<<"$rows")
  done
  if ! has_kind virtualservices.networking.istio.io; then fine "no Istio here: no VirtualService or DestinationRule to look at"; fi
}

look_at_all() {
  good=0 doubtful=0 bad=0
  step "KEDA in '$cluster_name'"
  check_keda
  lease_began=$SECONDS lease_before=""
  if [ -n "$keda_ns" ]; then lease_before=$(lease_time); fi
  if has_kind scaledobjects.keda.sh && look; then
    step "ScaledObjects"; check_targets; check_webhook
    step "MCP routing"; check_routing
  fi
  step "Network policies and secrets"; check_network; check_secrets
  step "Reactor"; check_reactor
  step "Lease"; check_lease
  say ""
  say "$good ok, $doubtful warnings, $bad failures"
  [ "$bad" = 0 ]
}

began=$SECONDS
until look_at_all; do
  if [ -z "$wait_for" ] || [ $((SECONDS - began)) -ge "$timeout" ]; then exit 1; fi
  sleep 5
done
