#!/usr/bin/env bash
# Reads ScaledObjects, HPAs and workloads in one go. It is sourced by lib.sh, never run.
# shellcheck disable=SC2034,SC2154,SC2016 # what is set here is used by those that source it; the dollars are the templates' own

# --- rows: fields are parted by the character US, which no name holds, so that empty fields stay.
us=$'\x1f'

note() { printf '{{with .metadata.annotations}}{{with index . "%s"}}{{js .}}{{end}}{{end}}{{"\\x1f"}}' "$1"; }

scaled_objects_template='{{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{.metadata.uid}}{{"\x1f"}}'
scaled_objects_template+='{{with .status}}{{with .scaleTargetGVKR}}{{with .group}}{{.}}/{{end}}{{.version}}{{"\x1f"}}{{.resource}}.{{.version}}.{{.group}}{{else}}{{"\x1f"}}{{end}}{{else}}{{"\x1f"}}{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .spec.scaleTargetRef.kind}}{{.}}{{else}}Deployment{{end}}{{"\x1f"}}{{.spec.scaleTargetRef.name}}{{"\x1f"}}'
scaled_objects_template+='{{with .spec.minReplicaCount}}{{.}}{{else}}0{{end}}{{"\x1f"}}{{with .spec.maxReplicaCount}}{{.}}{{else}}100{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .spec.fallback}}{{with .replicas}}{{.}}{{end}}{{end}}{{"\x1f"}}'
scaled_objects_template+="$(note "$pause_key")$(note autoscaling.keda.sh/paused-replicas)$(note "$incident_key")$(note "$mark_key")$(note "$before_key")$(note "$opt_out_key")$(note "$back_key")"
scaled_objects_template+='{{with .metadata.deletionTimestamp}}{{.}}{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .status}}{{with .conditions}}{{range .}}{{if eq .type "Ready"}}{{.status}} {{with .reason}}{{.}}{{end}}{{end}}{{end}}{{end}}{{end}}{{"\x1f"}}'
scaled_objects_template+='{{with .status}}{{with .conditions}}{{range .}}{{if eq .type "Fallback"}}{{.status}}{{end}}{{end}}{{end}}{{end}}{{"\n"}}{{end}}'

hpas_template='{{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}{{.metadata.uid}}{{"\x1f"}}'
hpas_template+='{{with .metadata.ownerReferences}}{{range .}}{{if eq .kind "ScaledObject"}}{{if .controller}}{{.name}}{{end}}{{end}}{{end}}{{end}}{{"\x1f"}}'
hpas_template+='{{.spec.scaleTargetRef.kind}}{{"\x1f"}}{{.spec.scaleTargetRef.name}}{{"\x1f"}}{{with .spec.minReplicas}}{{.}}{{else}}1{{end}}{{"\x1f"}}{{.spec.maxReplicas}}{{"\x1f"}}'
hpas_template+='{{with .metadata.labels}}{{with index . "app.kubernetes.io/managed-by"}}{{.}}{{end}}{{end}}{{"\x1f"}}'
hpas_template+='{{with .status}}{{with .conditions}}{{range .}}{{if eq .type "ScalingActive"}}{{.status}}{{"\x1f"}}{{with .reason}}{{.}}{{end}}{{end}}{{end}}{{else}}{{"\x1f"}}{{end}}{{else}}{{"\x1f"}}{{end}}{{"\n"}}{{end}}'

# Wanted, available, and an x for each container without a CPU request. A Rollout by workloadRef has no template of its own: nothing is known of its requests.
one_workload='{{with .spec.replicas}}{{.}}{{else}}0{{end}}{{"\x1f"}}{{with .status}}{{with .availableReplicas}}{{.}}{{else}}0{{end}}{{else}}0{{end}}{{"\x1f"}}'
one_workload+='{{with .spec.template}}{{range .spec.containers}}{{with .resources}}{{with .requests}}{{with .cpu}}{{else}}x{{end}}{{else}}x{{end}}{{else}}x{{end}}{{end}}{{end}}{{"\n"}}'
workloads_template='{{range .items}}{{.metadata.namespace}}{{"\x1f"}}{{.kind}}{{"\x1f"}}{{.metadata.name}}{{"\x1f"}}'"$one_workload{{end}}"

hpa_rows() { k get horizontalpodautoscalers.v2.autoscaling -A -o "go-template=$hpas_template"; }
workload_rows() { k get deployments.apps,statefulsets.apps -A -o "go-template=$workloads_template"; }

# all_rows: the three in one go, since a kubectl takes its time to start. Each row begins with S, H or W.
inner() { local text=${1#'{{range .items}}'}; printf '%s' "${text%'{{end}}'}"; }
all_template='{{range .items}}{{if eq .kind "ScaledObject"}}S{{"\x1f"}}'"$(inner "$scaled_objects_template")"
all_template+='{{else if eq .kind "HorizontalPodAutoscaler"}}H{{"\x1f"}}'"$(inner "$hpas_template")"'{{else}}W{{"\x1f"}}'"$(inner "$workloads_template")"'{{end}}{{end}}'
all_rows() { k get scaledobjects.keda.sh,horizontalpodautoscalers.v2.autoscaling,deployments.apps,statefulsets.apps -A -o "go-template=$all_template"; }

# look: reads the cluster once into these maps, keyed NAMESPACE/NAME or NAMESPACE/KIND/NAME.
declare -A so_uid so_version so_resource so_kind so_target so_min so_max so_fallback so_paused so_paused_replicas so_incident so_mark so_before so_opt_out so_back so_deleting so_ready so_falls_back so_hpa
declare -A hpa_owner hpa_on hpa_by hpa_min hpa_max hpa_active hpa_why
declare -A on_workload wanted available no_cpu
so_list=() hpa_list=()
look() {
  local rows ns name key rest
  so_list=() hpa_list=()
  so_uid=() so_version=() so_resource=() so_kind=() so_target=() so_min=() so_max=() so_fallback=() so_paused=() so_paused_replicas=() so_incident=() so_mark=() so_before=() so_opt_out=() so_back=() so_deleting=() so_ready=() so_falls_back=() so_hpa=()
  hpa_owner=() hpa_on=() hpa_by=() hpa_min=() hpa_max=() hpa_active=() hpa_why=() on_workload=() wanted=() available=() no_cpu=()
  rows=$(all_rows) || return 1
  local uid version resource kind target min max fallback paused paused_replicas incident mark before opt_out back deleting ready falls_back
  while IFS=$us read -r _ ns name uid version resource kind target min max fallback paused paused_replicas incident mark before opt_out back deleting ready falls_back; do
    if [ -z "$ns" ]; then continue; fi
    key=$ns/$name
    so_list+=("$key")
    so_uid[$key]=$uid so_version[$key]=${version:-apps/v1} so_resource[$key]=${resource:-} so_kind[$key]=$kind so_target[$key]=$target
    so_min[$key]=$min so_max[$key]=$max so_fallback[$key]=$fallback so_paused[$key]=$paused so_paused_replicas[$key]=$paused_replicas
    so_incident[$key]=$incident so_mark[$key]=$mark so_before[$key]=$before so_opt_out[$key]=$opt_out so_back[$key]=$back so_deleting[$key]=$deleting so_ready[$key]=$ready so_falls_back[$key]=$falls_back
    if [ -z "${so_resource[$key]}" ]; then
      case "$kind" in StatefulSet) so_resource[$key]=statefulsets.v1.apps ;; *) so_resource[$key]=deployments.v1.apps ;; esac
    fi
  done < <(grep '^S' <<<"$rows" || true)
  local owner by active why
  while IFS=$us read -r _ ns name uid owner kind target min max by active why; do
    if [ -z "$ns" ]; then continue; fi
    key=$ns/$name
    hpa_list+=("$key")
    hpa_owner[$key]=$owner hpa_on[$key]=$ns/$kind/$target hpa_by[$key]=$by hpa_min[$key]=$min hpa_max[$key]=$max hpa_active[$key]=$active hpa_why[$key]=$why
    on_workload[$ns/$kind/$target]+="$name "
    if [ -n "$owner" ]; then so_hpa[$ns/$owner]=$name; fi
  done < <(grep '^H' <<<"$rows" || true)
  while IFS=$us read -r _ ns kind name min max rest; do
    if [ -z "$ns" ]; then continue; fi
    wanted[$ns/$kind/$name]=$min available[$ns/$kind/$name]=$max no_cpu[$ns/$kind/$name]=$rest
  done < <(grep '^W' <<<"$rows" || true)
  look_at_other_workloads
}

# Rollouts and whatever else has /scale: one by one, since only their ScaledObjects name them.
look_at_other_workloads() {
  local key workload row
  for key in ${so_list[@]+"${so_list[@]}"}; do
    workload=$(workload_of "$key")
    case "${so_kind[$key]}" in Deployment | StatefulSet) continue ;; esac
    row=$(k get "${so_resource[$key]}" -n "${key%%/*}" "${so_target[$key]}" -o "go-template=$one_workload" 2>/dev/null) || continue
    IFS=$us read -r "wanted[$workload]" "available[$workload]" "no_cpu[$workload]" <<<"$row"
  done
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
