#!/bin/sh
# Binds the app's identity to the reactor's ClusterRole in the guarded cluster, to its Role in each guarded namespace, and to the one for leases where
# KEDA is, and gives it its place in the API server's priority levels (FlowSchema). "az aks command invoke" runs kubectl inside the cluster, so a private
# API server needs no way in from here. Whoever runs it must be allowed to bind roles and to make FlowSchemas there.
set -eu
cd "$(dirname "$0")/.."

: "${REACTOR_GUARDED_CLUSTER_ID:?azd provision sets it}" "${REACTOR_GUARDED_NAMESPACES:?}" "${REACTOR_PRINCIPAL_ID:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The roles alone: the files' ServiceAccount and bindings are for a reactor inside the cluster.
roles() {
  awk -v wanted="$1" '
    function told() { if (document ~ "(^|\n)kind: " wanted "\n") printf "---\n%s", document; document = "" }
    /^---/ { told(); next }
    { document = document $0 "\n" }
    END { told() }' "../keda/base/reactor/$2"
}

bind() { printf -- '---\n' && sed -e "s/@PRINCIPAL@/$REACTOR_PRINCIPAL_ID/" -e "s/@NAMESPACE@/$2/" "cluster-access/$1"; }
{ roles ClusterRole rbac.yaml; bind reads.yaml -; bind fairness.yaml -; } > "$work/access.yaml"
placed() { # the file of a Role, the file of its binding, and the namespaces
  for namespace in $(printf '%s' "$3" | tr ',' ' '); do
    { roles Role "$1" | awk -v ns="$namespace" '{ print } /^metadata:$/ { printf "  namespace: \"%s\"\n", ns }'; bind "$2" "$namespace"; } >> "$work/access.yaml"
  done
}
placed writes/writes.yaml writes.yaml "$REACTOR_GUARDED_NAMESPACES"

# An operator's lease may have any name (--leader-election-id). Which namespace that is, only the settings say for sure.
if [ -n "${REACTOR_LEASES_NAMESPACE:-}" ]; then placed leases/leases.yaml leases.yaml "$REACTOR_LEASES_NAMESPACE"; fi

# /subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerService/managedClusters/C
subscription=$(printf '%s' "$REACTOR_GUARDED_CLUSTER_ID" | cut -d/ -f3)
group=$(printf '%s' "$REACTOR_GUARDED_CLUSTER_ID" | cut -d/ -f5)
cluster=$(printf '%s' "$REACTOR_GUARDED_CLUSTER_ID" | cut -d/ -f9)

# It exits 0 also when kubectl did not.
code=$(az aks command invoke --subscription "$subscription" --resource-group "$group" --name "$cluster" \
  --command "kubectl apply -f access.yaml" --file "$work/access.yaml" --query exitCode --output tsv)
if [ "$code" != 0 ]; then
  echo "kubectl apply in $cluster ended with $code. What it was to apply:" >&2
  cat "$work/access.yaml" >&2
  exit 1
fi
echo "The identity $REACTOR_PRINCIPAL_ID may read $cluster and write in: $REACTOR_GUARDED_NAMESPACES"
