#!/usr/bin/env bash
# The platform of infra/keda on a cluster that is there for it alone (kind with Calico, as ci.yml makes one): KEDA with the shipped rights, quotas and
# network policies, the scalers against a real Redis with TLS and a real Prometheus, the reactor.
#   tests/platform.sh --cluster-is-mine dev|staging|prod|chart
# The first three are the overlays, with KEDA's own chart; the last is production by the chart in infra/keda/helm, in its two steps.
# It needs kubectl, helm and openssl, in the cluster the definitions of External Secrets and Istio, and on its nodes the images sophia-keda-reactor:dev
# and :1.0.0. It cleans nothing up. Setting: REACTOR_TEST_PATIENCE (seconds for each step, 300).
# Exit code: 0 all went well, 1 something did not, 2 it could not begin.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

patience=${REACTOR_TEST_PATIENCE:-300}
chart=2.20.2
step() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
cannot() { echo "Can't begin: $*" >&2; exit 2; }

[ "${1:-}" = --cluster-is-mine ] || cannot "it takes a whole cluster; --cluster-is-mine allows that"
way=${2:-}
case "$way" in
  dev | staging) environment=$way ;;
  prod | chart) environment=production ;;
  *) cannot "'$way' is none of dev, staging, prod, chart" ;;
esac
for program in kubectl helm openssl; do command -v "$program" >/dev/null || cannot "no $program"; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# until_so WHAT COMMAND...: repeats the command until it succeeds.
until_so() {
  local what=$1 began=$SECONDS
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $((SECONDS - began)) -ge "$patience" ]; then echo "Not within $patience s: $what"; exit 1; fi
    sleep 2
  done
  step "$what"
}

# --- what the owners of the cluster have: namespaces, Redis with TLS, Prometheus, workloads
for namespace in artemis-mesh sophia-mesh shared-services istio-system; do
  kubectl create namespace "$namespace" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
done
host=redis-master.shared-services.svc.cluster.local
password=$(openssl rand -hex 16)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
kubectl -n shared-services create secret generic redis-server --from-file="$work/tls.key" --from-file="$work/tls.crt" --from-literal=password="$password" >/dev/null
workload() { # namespace name
  printf -- '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: %s}\nspec:\n  selector: {matchLabels: {app: %s}}\n  template:\n    metadata: {labels: {app: %s}}\n    spec:\n      terminationGracePeriodSeconds: 0\n      containers:\n        - name: app\n          image: rancher/mirrored-pause:3.6\n          resources: {requests: {cpu: 1m}}\n' "$2" "$1" "$2" "$2"
}
{
  cat <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis, namespace: shared-services}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: redis}}
  template:
    metadata: {labels: {app.kubernetes.io/name: redis}}
    spec:
      containers:
        - name: redis
          image: redis:7.2-bookworm
          command: [sh, -c, 'exec redis-server --port 0 --tls-port 6379 --tls-cert-file /tls/tls.crt --tls-key-file /tls/tls.key --tls-ca-cert-file /tls/tls.crt --tls-auth-clients no --requirepass "\$(cat /tls/password)"']
          volumeMounts: [{name: tls, mountPath: /tls}]
      volumes: [{name: tls, secret: {secretName: redis-server}}]
---
apiVersion: v1
kind: Service
metadata: {name: redis-master, namespace: shared-services}
spec:
  selector: {app.kubernetes.io/name: redis}
  ports: [{port: 6379}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: prometheus, namespace: istio-system}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: prometheus}}
  template:
    metadata: {labels: {app.kubernetes.io/name: prometheus}}
    spec:
      containers: [{name: prometheus, image: "prom/prometheus:v2.55.1"}]
---
apiVersion: v1
kind: Service
metadata: {name: prometheus, namespace: istio-system}
spec:
  selector: {app.kubernetes.io/name: prometheus}
  ports: [{port: 9090}]
YAML
  workload artemis-mesh artemis-orchestrator
  workload artemis-mesh artemis-batch-processor
  workload sophia-mesh sophia-orchestrator
  workload sophia-mesh sophia-ai-services
} | kubectl apply -f - >/dev/null
kubectl -n shared-services rollout status deployment/redis --timeout "${patience}s" >/dev/null
kubectl -n istio-system rollout status deployment/prometheus --timeout "${patience}s" >/dev/null
step "Redis with TLS, Prometheus and four workloads run"

# --- the platform, as README says
secrets_of_the_reactor() {
  kubectl -n keda-reactor create secret generic sophia-keda-reactor --dry-run=client -o yaml \
    --from-literal=Keys__Operator="$(openssl rand -hex 16)" --from-literal=Keys__Viewer="$(openssl rand -hex 16)" --from-literal=Keys__Sender="$(openssl rand -hex 16)" \
    --from-literal=Memory__Key="$(openssl rand -hex 32)" --from-literal=State__Redis__Password="$(openssl rand -hex 24)" | kubectl apply -f - >/dev/null
}

by_the_overlay() {
  kubectl apply -f infra/keda/base/namespaces.yaml -f infra/keda/base/reactor/namespace.yaml -f infra/keda/base/quotas.yaml -f infra/keda/base/network-policies.yaml >/dev/null
  kubectl apply -k infra/keda/base/keda >/dev/null
  helm upgrade --install keda keda --repo https://kedacore.github.io/charts --version "$chart" --namespace keda-system \
    --values infra/keda/base/keda/values/values.yaml --values "infra/keda/base/keda/values/values-$environment.yaml" --wait --timeout "${patience}s" >/dev/null
  step "KEDA $chart is up, with the shipped rights, quota and policies"
  secrets_of_the_reactor
  kubectl apply --server-side --force-conflicts -k "infra/keda/gitops/overlays/$way" >/dev/null
  step "the overlay $way is applied"
}

by_the_chart() {
  # The Prometheus operator's definitions are not in this cluster.
  local arguments=(keda infra/keda/helm --namespace keda-system --values "infra/keda/helm/values-$environment.yaml" --set monitoring.enabled=false --timeout "${patience}s")
  helm dependency update infra/keda/helm >/dev/null
  kubectl apply -f infra/keda/base/namespaces.yaml -f infra/keda/base/reactor/namespace.yaml >/dev/null
  if helm install "${arguments[@]}" >"$work/said" 2>&1; then echo "The chart was installed with its ScaledObjects where their kind was not known."; exit 1; fi
  grep -q 'scalers.enabled=false' "$work/said" || { cat "$work/said"; exit 1; }
  step "all at once is refused, and the refusal says what to do"
  helm install "${arguments[@]}" --set scalers.enabled=false --wait >"$work/said"
  grep -q 'helm upgrade keda' "$work/said" || { cat "$work/said"; exit 1; }
  step "KEDA $chart is up by the chart, with the shipped rights, quota and policies"
  helm upgrade "${arguments[@]}" >/dev/null
  secrets_of_the_reactor
  kubectl apply --server-side --force-conflicts -k infra/keda/base/reactor-with-redis >/dev/null
  step "the scalers came with the second step, and the reactor beside them"
}

case "$way" in chart) by_the_chart ;; *) by_the_overlay ;; esac
# What Vault would bring, or in place of the stand-ins of development.
for namespace in artemis-mesh sophia-mesh; do
  kubectl -n "$namespace" delete secret redis-credentials --ignore-not-found >/dev/null
  kubectl -n "$namespace" create secret generic redis-credentials --from-literal=redis-password="$password" --from-file=redis-ca="$work/tls.crt" >/dev/null
done

# --- it works
for namespace in artemis-mesh sophia-mesh; do
  kubectl -n "$namespace" wait --for=condition=Ready scaledobjects --all --timeout "${patience}s" >/dev/null
done
step "every ScaledObject is Ready"
redis() { kubectl -n shared-services exec deploy/redis -- redis-cli --tls --insecure --no-auth-warning -a "$password" "$@"; }
# shellcheck disable=SC2046
redis rpush artemis:task:queue $(seq 45) >/dev/null
at_least() { [ "$(kubectl -n artemis-mesh get deployment artemis-orchestrator -o jsonpath='{.spec.replicas}')" -ge "$1" ]; }
until_so "45 items in its queue have raised artemis-orchestrator to 5" at_least 5
kubectl -n keda-reactor rollout status deployment/sophia-keda-reactor --timeout "${patience}s" >/dev/null
step "the reactor is up"

# --- and holds
reaches() { # namespace host port
  kubectl -n "$1" run "look-$RANDOM" --quiet --rm -i --restart=Never --image=redis:7.2-bookworm --command -- timeout 5 bash -c "</dev/tcp/$2/$3" </dev/null >/dev/null 2>&1
}
if reaches default keda-operator.keda-system.svc.cluster.local 9666; then echo "Anybody reaches the operator's metrics service."; exit 1; fi
reaches istio-system keda-operator.keda-system.svc.cluster.local 8080 || { echo "Prometheus' namespace does not reach the operator's metrics."; exit 1; }
if reaches default sophia-keda-reactor.keda-reactor.svc.cluster.local 80; then echo "Anybody reaches the reactor."; exit 1; fi
reaches istio-system sophia-keda-reactor.keda-reactor.svc.cluster.local 80 || { echo "Alertmanager's namespace does not reach the reactor."; exit 1; }
step "only those whom the policies name reach KEDA and the reactor"
kubectl -n keda-system rollout restart deployment >/dev/null
for deployment in keda-operator keda-operator-metrics-apiserver keda-admission-webhooks; do
  kubectl -n keda-system rollout status "deployment/$deployment" --timeout "${patience}s" >/dev/null
done
step "all of KEDA was rolled at once within its quota"
if [ "$way" = prod ]; then
  kubectl -n default create secret generic placeholder --from-literal=a=b --dry-run=client -o yaml | kubectl label --local -f - sophia-intel.ai/placeholder=true -o yaml >"$work/placeholder.yaml"
  refused() { ! kubectl apply -f "$work/placeholder.yaml"; }
  until_so "a placeholder is refused" refused
fi
echo "All went well."
