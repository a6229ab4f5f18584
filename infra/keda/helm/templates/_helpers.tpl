{{/* What must hold of the whole before anything is rendered. */}}
{{- define "keda-sophia-intel.check" -}}
{{- if ne .Release.Namespace "keda-system" -}}
{{- fail "install this chart into the namespace keda-system: policies, rights and secrets name it" -}}
{{- end -}}
{{- /* Asked of a real cluster alone: `helm template` and `helm lint` know neither namespaces nor kinds. */ -}}
{{- if and .Values.scalers.enabled (lookup "v1" "Namespace" "" "kube-system") (not (.Capabilities.APIVersions.Has "keda.sh/v1alpha1/ScaledObject")) -}}
{{- fail "this cluster has no ScaledObjects yet, and Helm makes no object of a kind that the same release brings: install with --set scalers.enabled=false, and then once more without it" -}}
{{- end -}}
{{- if eq .Values.environment "production" -}}
{{- if contains "CHANGE_ME" (toYaml .Values) -}}
{{- fail "a value is still CHANGE_ME: production takes its secrets from External Secrets (secrets.source)" -}}
{{- end -}}
{{- if eq .Values.secrets.source "placeholder" -}}
{{- fail "secrets.source is placeholder: production takes its secrets from External Secrets" -}}
{{- end -}}
{{- end -}}
{{- if .Values.highAvailability.enabled -}}
{{- range $part := list .Values.keda.operator .Values.keda.metricsServer .Values.keda.webhooks -}}
{{- if lt (int $part.replicaCount) 2 -}}
{{- fail "highAvailability.enabled needs a replicaCount of 2 or more for keda.operator, keda.metricsServer and keda.webhooks" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.rbac.enabled .Values.keda.rbac.create -}}
{{- fail "rbac.enabled and keda.rbac.create are both true: KEDA's rights come from one of them" -}}
{{- end -}}
{{- end -}}

{{/* A value for a Secret, or in place of a stand-in what the Secret in the cluster has under that key: list value key secret. */}}
{{- define "keda-sophia-intel.kept" -}}
{{- $written := b64enc (index . 0) -}}
{{- if eq (index . 0) "CHANGE_ME" }}{{ dig "data" (index . 1) $written (index . 2) | quote }}{{ else }}{{ quote $written }}{{ end -}}
{{- end -}}

{{/* The documents of a file under files/, without those of the reactor's namespace where there is none, and with Prometheus' namespace. */}}
{{- define "keda-sophia-intel.file" -}}
{{- $root := .root -}}
{{- $prometheus := $root.Values.prometheus.namespace -}}
{{- range $document := splitList "\n---\n" ($root.Files.Get .path) -}}
{{- if or $root.Values.reactor.enabled (not (contains "namespace: keda-reactor" $document)) }}
---
{{ $document | replace "metadata.name: istio-system" (printf "metadata.name: %s" $prometheus) | replace "namespace: istio-system" (printf "namespace: %s" $prometheus) }}
{{- end -}}
{{- end -}}
{{- end -}}
