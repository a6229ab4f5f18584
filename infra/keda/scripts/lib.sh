#!/usr/bin/env bash
# What the scripts in this folder share. It is sourced, never run. It needs bash 4.4, kubectl and the tools that POSIX names.
# shellcheck disable=SC2034 # what is set here is used by those that source it

# macOS brings 3.2, which has no associative arrays and would fail somewhere in the middle.
if [ "${BASH_VERSINFO[0]}" -lt 4 ] || { [ "${BASH_VERSINFO[0]}" = 4 ] && [ "${BASH_VERSINFO[1]}" -lt 4 ]; }; then
  printf '%s: this is bash %s; 4.4 or newer is needed (macOS: brew install bash)\n' "${0##*/}" "$BASH_VERSION" >&2
  exit 2
fi

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
# On a ScaledObject that migrate.sh paused in order to take it away: what is found with it is half of a way back.
back_key=migrate.sophia-intel.ai/back
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
    --context) value --context "${2:-}" "a name; kubectl config get-contexts lists them"; cluster=(--context "$2"); cluster_name=$2; taken=2 ;;
    --server) value --server "${2:-}" "an address such as http://127.0.0.1:8001"; cluster=(--server "$2"); cluster_name=$2; taken=2 ;;
    --timeout) timeout=$(whole --timeout "${2:-}" 1 86400) || exit 2; taken=2 ;;
    *) taken=0 ;;
  esac
}

unknown_option() { refuse "unknown: $1. ${0##*/} --help says what there is."; }

# value NAME VALUE WHAT: refuses none, and the next option in its place: --backup-dir --dry-run must not be a run that is not dry.
value() { case "$2" in '') refuse "$1 needs $3" ;; -*) refuse "$1 needs $3; what follows is the option $2" ;; esac; }

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

# The kinds that the server has, as PLURAL.GROUP, one a line; those of the core group without a dot. kubectl fails when one aggregated group does
# not answer (external metrics, when KEDA's metrics server is down) and still names the others; only when it names none was nothing read.
kinds_known=""
has_kind() {
  if [ -z "$kinds_known" ]; then
    kinds_known=$(k api-resources --verbs=list -o name 2>/dev/null) || true
    [ -n "$kinds_known" ] || refuse "'$cluster_name' does not say which kinds it has: $(k api-resources --verbs=list -o name 2>&1 | tail -n 1)"
  fi
  grep -Fxq "$1" <<<"$kinds_known"
}

helm_version=""
helm_is_new_enough() {
  helm_version=$(helm version --short 2>/dev/null | sed 's/^v//; s/+.*//') || helm_version=""
  printf '3.10.0\n%s\n' "${helm_version:-0}" | sort -t . -k 1,1n -k 2,2n -k 3,3n -C
}

may() { k auth can-i "$@" >/dev/null 2>&1; }

has_api() { [ "$(k get apiservices.apiregistration.k8s.io "$1" -o 'jsonpath={.status.conditions[?(@.type=="Available")].status}' 2>/dev/null)" = True ]; }

# Whom the API server asks for external metrics: "namespace/name" of a Service. It stays Available when that is somebody else's.
external_metrics_from() { k get apiservices.apiregistration.k8s.io v1beta1.external.metrics.k8s.io -o 'jsonpath={.spec.service.namespace}/{.spec.service.name}' 2>/dev/null; }

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

# cleaned: what kubectl get gave, as it can be applied again, to another day's cluster too
cleaned() {
  kubectl patch --local -f - --type=merge -o yaml \
    -p '{"metadata":{"uid":null,"resourceVersion":null,"creationTimestamp":null,"generation":null,"managedFields":null,"selfLink":null,"ownerReferences":null,"annotations":{"kubectl.kubernetes.io/last-applied-configuration":null}},"status":null}'
}

# shellcheck source-path=SCRIPTDIR source=look.sh
. "$(dirname "${BASH_SOURCE[0]}")/look.sh"
# shellcheck source-path=SCRIPTDIR source=reactor.sh
. "$(dirname "${BASH_SOURCE[0]}")/reactor.sh"
