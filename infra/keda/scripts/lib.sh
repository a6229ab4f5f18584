#!/usr/bin/env bash
# What the scripts in this folder share. It is sourced, never run. It needs bash 4.4, kubectl and the tools that POSIX names.
# shellcheck disable=SC2034 # what is set here is used by those that source it

keda_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cluster=() # kubectl's own flags that say which cluster
cluster_name=""
dry_run=""
force=""
timeout=120
taken=0

pause_key=autoscaling.keda.sh/paused
incident_key=reactor.sophia-intel.ai/incident
opt_out_key=reactor.sophia-intel.ai/opt-out
canary_key=reactor.sophia-intel.ai/canary
# On a ScaledObject that rollback-keda.sh paused: when, and what stood at pause_key before.
mark_key=rollback.sophia-intel.ai/at
before_key=rollback.sophia-intel.ai/paused-before
ownership_key=validations.keda.sh/hpa-ownership
transfer_key=scaledobject.keda.sh/transfer-hpa-ownership

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
warn() { printf 'warn  %s\n' "$*"; }
# Nothing was begun: exit code 2.
refuse() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }
# Something was begun and did not end well: exit code 1.
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The comment at the top of the script is its help.
usage() { sed -n '2,/^[^#]/{ /shellcheck/d; s/^# \{0,1\}//p; }' "$0"; }

# common_option "$@": one of the options that all scripts have. Sets taken to how many words it was, 0 if it was none of them.
common_option() {
  taken=1
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --dry-run) dry_run=yes ;;
    --context) [ -n "${2:-}" ] || refuse "--context needs a name; kubectl config get-contexts lists them"; cluster=(--context "$2"); cluster_name=$2; taken=2 ;;
    --server) [ -n "${2:-}" ] || refuse "--server needs an address such as http://127.0.0.1:8001"; cluster=(--server "$2"); cluster_name=$2; taken=2 ;;
    --timeout) timeout=$(whole --timeout "${2:-}" 1 86400) || exit 2; taken=2 ;;
    *) taken=0 ;;
  esac
}

unknown_option() { refuse "unknown: $1. ${0##*/} --help says what there is."; }

# whole NAME VALUE LEAST MOST: the value, if it is a whole number within these.
whole() {
  case "$2" in '' | *[!0-9]*) refuse "$1: found '$2', expected a whole number from $3 to $4" ;; esac
  if [ "${#2}" -gt 9 ] || [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then refuse "$1: found $2, expected $3 to $4"; fi
  printf '%s' "$2"
}

k() { kubectl "${cluster[@]}" "$@"; }

# A write: carried out, or only said. What KEDA's webhook remarks on nearly every write is left out.
change() {
  if [ -n "$dry_run" ]; then say "would: kubectl $*"; return 0; fi
  k "$@" 2>&1 >/dev/null | sed '/is configured but is not relevant/d' >&2
}

need() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || refuse "no $program on the PATH; it is needed"; done
}

# For scripts that write: whose cluster is meant must be said.
need_named_cluster() {
  need kubectl
  if [ "${#cluster[@]}" = 0 ]; then
    refuse "which cluster? Say --context NAME (kubectl's present one is '$(kubectl config current-context 2>/dev/null || echo none)') or --server URL. Nothing is guessed, since this writes."
  fi
  need_answer
}

# For scripts that only read: kubectl's present context will do.
need_any_cluster() {
  need kubectl
  if [ "${#cluster[@]}" = 0 ]; then
    cluster_name=$(kubectl config current-context 2>/dev/null) || refuse "kubectl has no present context; say --context NAME or --server URL"
  fi
  need_answer
}

server_minor=0
need_answer() {
  local said
  said=$(k version -o yaml 2>&1) || refuse "the API server of '$cluster_name' does not answer: $(tail -n 1 <<<"$said")"
  server_minor=$(sed -n '/^serverVersion:/,$ { s/^ *minor: *"\{0,1\}\([0-9]*\).*/\1/p; }' <<<"$said" | head -n 1)
  server_minor=${server_minor:-0}
}

# The kinds that the server has, as PLURAL.GROUP, one a line; those of the core group without a dot.
kinds_known=""
has_kind() {
  if [ -z "$kinds_known" ]; then kinds_known=$(k api-resources --verbs=list -o name 2>/dev/null || true); fi
  grep -Fxq "$1" <<<"$kinds_known"
}

may() { k auth can-i "$@" >/dev/null 2>&1; }

has_api() { [ "$(k get apiservices.apiregistration.k8s.io "$1" -o 'jsonpath={.status.conditions[?(@.type=="Available")].status}' 2>/dev/null)" = True ]; }

# Where KEDA is: KEDA_NAMESPACE, else found by the label that its chart, its manifests and AKS's add-on set.
keda_ns=""
find_keda() {
  keda_ns=${KEDA_NAMESPACE:-$(k get deployments.apps -A -l app.kubernetes.io/part-of=keda-operator -o 'jsonpath={.items[0].metadata.namespace}' 2>/dev/null || true)}
  [ -n "$keda_ns" ]
}

# keda_parts: NAME WANTED AVAILABLE of each of KEDA's Deployments.
keda_parts() {
  k get deployments.apps -n "$keda_ns" -l app.kubernetes.io/part-of=keda-operator \
    -o 'go-template={{range .items}}{{.metadata.name}} {{.spec.replicas}} {{with .status.availableReplicas}}{{.}}{{else}}0{{end}}{{"\n"}}{{end}}'
}

keda_operator_up() {
  local name available
  while read -r name _ available; do
    case "$name" in *operator*) if [ "$available" -gt 0 ]; then return 0; fi ;; esac
  done < <(keda_parts 2>/dev/null)
  return 1
}

# --- rows: fields are parted by the character US, which no name holds, so that empty fields stay.
us=$'\x1f'

note() { printf '{{with .metadata.annotations}}{{with index . "%s"}}{{js .}}{{end}}{{end}}{{"\\x1f"}}' "$1"; }

scaled_objects_template='{{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{.metadata.uid}}{{"\x1f"}}'
scaled_objects_template+='{{with .status}}{{with .scaleTargetGVKR}}{{with .group}}{{.}}/{{end}}{{.version}}{{"\x1f"}}{{.resource}}.{{.version}}.{{.group}}{{else}}{{"\x1f"}}{{end}}{{else}}{{"\x1f"}}{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .spec.scaleTargetRef.kind}}{{.}}{{else}}Deployment{{end}}{{"\x1f"}}{{.spec.scaleTargetRef.name}}{{"\x1f"}}'
scaled_objects_template+='{{with .spec.minReplicaCount}}{{.}}{{else}}0{{end}}{{"\x1f"}}{{with .spec.maxReplicaCount}}{{.}}{{else}}100{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .spec.fallback}}{{with .replicas}}{{.}}{{end}}{{end}}{{"\x1f"}}'
scaled_objects_template+="$(note "$pause_key")$(note autoscaling.keda.sh/paused-replicas)$(note "$incident_key")$(note "$mark_key")$(note "$before_key")$(note "$opt_out_key")"
scaled_objects_template+='{{with .metadata.deletionTimestamp}}{{.}}{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .status}}{{with .conditions}}{{range .}}{{if eq .type "Ready"}}{{.status}} {{with .reason}}{{.}}{{end}}{{end}}{{end}}{{end}}{{end}}{{"\n"}}{{end}}'

hpas_template='{{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{.metadata.uid}}{{"\x1f"}}'
hpas_template+='{{with .metadata.ownerReferences}}{{range .}}{{if eq .kind "ScaledObject"}}{{if .controller}}{{.name}}{{end}}{{end}}{{end}}{{end}}{{"\x1f"}}'
hpas_template+='{{.spec.scaleTargetRef.kind}}{{"\x1f"}}{{.spec.scaleTargetRef.name}}{{"\x1f"}}{{with .spec.minReplicas}}{{.}}{{else}}1{{end}}{{"\x1f"}}{{.spec.maxReplicas}}{{"\x1f"}}'
hpas_template+='{{with .metadata.labels}}{{with index . "app.kubernetes.io/managed-by"}}{{.}}{{end}}{{end}}{{"\x1f"}}'
hpas_template+='{{with .status}}{{with .conditions}}{{range .}}{{if eq .type "ScalingActive"}}{{.status}}{{"\x1f"}}{{with .reason}}{{.}}{{end}}{{end}}{{end}}{{else}}{{"\x1f"}}{{end}}{{else}}{{"\x1f"}}{{end}}{{"\n"}}{{end}}'

workloads_template='{{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.kind}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{with .spec.replicas}}{{.}}{{else}}0{{end}}{{"\x1f"}}'
workloads_template+='{{with .status}}{{with .availableReplicas}}{{.}}{{else}}0{{end}}{{else}}0{{end}}{{"\x1f"}}'
workloads_template+='{{range .spec.template.spec.containers}}{{with .resources}}{{with .requests}}{{with .cpu}}{{else}}x{{end}}{{else}}x{{end}}{{else}}x{{end}}{{end}}{{"\n"}}{{end}}'

scaled_object_rows() { k get scaledobjects.keda.sh -A -o "go-template=$scaled_objects_template"; }
hpa_rows() { k get horizontalpodautoscalers.v2.autoscaling -A -o "go-template=$hpas_template"; }
workload_rows() { k get deployments.apps,statefulsets.apps -A -o "go-template=$workloads_template"; }

# look: reads the cluster once into these maps, keyed NAMESPACE/NAME or NAMESPACE/KIND/NAME.
declare -A so_uid so_version so_resource so_kind so_target so_min so_max so_fallback so_paused so_paused_replicas so_incident so_mark so_before so_opt_out so_deleting so_ready so_hpa
declare -A hpa_owner hpa_on hpa_by hpa_min hpa_max hpa_active hpa_why
declare -A on_workload wanted available no_cpu
so_list=() hpa_list=()
look() {
  local rows ns name key rest
  so_list=() hpa_list=()
  so_uid=() so_version=() so_resource=() so_kind=() so_target=() so_min=() so_max=() so_fallback=() so_paused=() so_paused_replicas=() so_incident=() so_mark=() so_before=() so_opt_out=() so_deleting=() so_ready=() so_hpa=()
  hpa_owner=() hpa_on=() hpa_by=() hpa_min=() hpa_max=() hpa_active=() hpa_why=() on_workload=() wanted=() available=() no_cpu=()
  rows=$(scaled_object_rows) || return 1
  local uid version resource kind target min max fallback paused paused_replicas incident mark before opt_out deleting ready
  while IFS=$us read -r ns name uid version resource kind target min max fallback paused paused_replicas incident mark before opt_out deleting ready; do
    if [ -z "$ns" ]; then continue; fi
    key=$ns/$name
    so_list+=("$key")
    so_uid[$key]=$uid so_version[$key]=${version:-apps/v1} so_resource[$key]=${resource:-} so_kind[$key]=$kind so_target[$key]=$target
    so_min[$key]=$min so_max[$key]=$max so_fallback[$key]=$fallback so_paused[$key]=$paused so_paused_replicas[$key]=$paused_replicas
    so_incident[$key]=$incident so_mark[$key]=$mark so_before[$key]=$before so_opt_out[$key]=$opt_out so_deleting[$key]=$deleting so_ready[$key]=$ready
    if [ -z "${so_resource[$key]}" ]; then
      case "$kind" in StatefulSet) so_resource[$key]=statefulsets.v1.apps ;; *) so_resource[$key]=deployments.v1.apps ;; esac
    fi
  done <<<"$rows"
  rows=$(hpa_rows) || return 1
  local owner by active why
  while IFS=$us read -r ns name uid owner kind target min max by active why; do
    if [ -z "$ns" ]; then continue; fi
    key=$ns/$name
    hpa_list+=("$key")
    hpa_owner[$key]=$owner hpa_on[$key]=$ns/$kind/$target hpa_by[$key]=$by hpa_min[$key]=$min hpa_max[$key]=$max hpa_active[$key]=$active hpa_why[$key]=$why
    on_workload[$ns/$kind/$target]+="$name "
    if [ -n "$owner" ]; then so_hpa[$ns/$owner]=$name; fi
  done <<<"$rows"
  rows=$(workload_rows) || return 1
  while IFS=$us read -r ns kind name min max rest; do
    if [ -z "$ns" ]; then continue; fi
    wanted[$ns/$kind/$name]=$min available[$ns/$kind/$name]=$max no_cpu[$ns/$kind/$name]=$rest
  done <<<"$rows"
}

workload_of() { printf '%s/%s/%s' "${1%%/*}" "${so_kind[$1]}" "${so_target[$1]}"; }

# pauses VALUE: whether KEDA takes this value of the pause annotation as a pause ("" it does not act on).
pauses() { case "$1" in '' | 0 | f | F | false | False | FALSE) return 1 ;; *) return 0 ;; esac; }

# others_hpas SCALEDOBJECT: the HPAs on its workload that are not KEDA's for it.
others_hpas() {
  local name
  for name in ${on_workload[$(workload_of "$1")]:-}; do
    if [ "${hpa_owner[${1%%/*}/$name]}" != "${1#*/}" ]; then printf '%s ' "$name"; fi
  done
}

# by_namespace KEY...: "NAMESPACE NAME NAME …", one line a namespace.
by_namespace() { printf '%s\n' "$@" | awk -F/ 'NF == 2 { if (!($1 in names)) order[++n] = $1; names[$1] = names[$1] " " $2 } END { for (i = 1; i <= n; i++) print order[i] names[order[i]] }'; }

# --- what kustomize rendered: one key a line, so that a few lines of awk can read it
# documents FILE: "APIVERSION KIND NAMESPACE NAME" of each document that kustomize rendered
documents() {
  awk 'function flush() { if (kind != "") print version, kind, (ns == "" ? "-" : ns), name; version = kind = ns = name = ""; meta = 0 }
    /^---$/ { flush(); next } /^apiVersion: / { version = $2 } /^kind: / { kind = $2 } /^[a-z]/ { meta = /^metadata:/ }
    meta && /^  name: / { name = $2 } meta && /^  namespace: / { ns = $2 } END { flush() }' "$1"
}

# keep FILE: the documents of stdin whose "APIVERSION KIND" is a line of FILE
keep() {
  awk -v file="$1" 'BEGIN { while ((getline line < file) > 0) ok[line] = 1 }
    function flush() { if (kind != "" && (version " " kind) in ok) printf "---\n%s", text; text = version = kind = "" }
    /^---$/ { flush(); next } /^apiVersion: / { version = $2 } /^kind: / { kind = $2 } { text = text $0 "\n" } END { flush() }'
}

# scaled_objects_in FILE: "NAMESPACE NAME KIND WORKLOAD MAX" of each ScaledObject
scaled_objects_in() {
  awk 'function flush() { if (is) print ns, name, (kind == "" ? "Deployment" : kind), target, (max == "" ? 100 : max); is = ns = name = kind = target = max = top = ref = "" }
    /^---$/ { flush(); next } /^kind: ScaledObject$/ { is = 1 } /^[a-z]/ { top = $1; next } /^  [a-zA-Z]/ { ref = $1 }
    top == "metadata:" && /^  name: / { name = $2 } top == "metadata:" && /^  namespace: / { ns = $2 }
    top == "spec:" && /^  maxReplicaCount: / { max = $2 }
    top == "spec:" && ref == "scaleTargetRef:" && /^    name: / { target = $2 } top == "spec:" && ref == "scaleTargetRef:" && /^    kind: / { kind = $2 }
    END { flush() }' "$1"
}

# --- the reactor's API: REACTOR_URL (http://127.0.0.1:7071), REACTOR_KEY (an operator's; none for a sandbox)
reactor() {
  local method=$1 path=$2 body=${3:-} header=(-H 'Accept: application/json')
  # The key goes in by a file descriptor: as an argument everybody on the machine could read it.
  if [ -n "$body" ]; then header+=(-H 'Content-Type: application/json' -H 'X-Reactor-Order: 1' --data "$body"); fi
  curl -sS --max-time 15 -X "$method" "${header[@]}" -w '\n%{http_code}' -H @<(if [ -n "${REACTOR_KEY:-}" ]; then printf 'x-functions-key: %s\n' "$REACTOR_KEY"; fi) "${REACTOR_URL%/}$path" 2>/dev/null
}
reactor_answers() { [ -n "${REACTOR_URL:-}" ] && command -v curl >/dev/null && [ "$(reactor GET /api/health/ready | tail -n 1)" = 200 ]; }
# json_word NAME: the first string of that name in what is read.
json_word() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
