// Alerts of Azure Managed Prometheus to POST /api/alerts/azure-monitor. By Entra only: an address with a key in it could be read by whoever
// may read the action group.
param name string
param location string
param tags object
param appHostName string
param entraAudience string
@description('The object id of the app registration.')
param entraObjectId string
@description('The Azure Monitor workspace that has the cluster\'s metrics.')
param monitorWorkspaceId string
@description('The cluster as the workspace calls it: the name of its resource.')
param clusterResourceName string
@description('The cluster as the reactor calls it: alerts of any other are refused.')
param clusterName string

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'reactor'
    enabled: true
    webhookReceivers: [
      {
        name: 'reactor'
        serviceUri: 'https://${appHostName}/api/alerts/azure-monitor'
        useCommonAlertSchema: true
        useAadAuth: true
        identifierUri: entraAudience
        objectId: entraObjectId
        tenantId: tenant().tenantId
      }
    ]
  }
}

var rules = [
  {
    alert: 'KEDAOperatorDown'
    expression: 'sum(kube_deployment_status_replicas_ready{deployment="keda-operator"}) == 0'
    for: 'PT2M'
  }
  {
    alert: 'KEDAMetricsServerDown'
    expression: 'sum(kube_deployment_status_replicas_ready{deployment=~"keda-operator-metrics-apiserver|keda-metrics-apiserver"}) == 0'
    for: 'PT2M'
  }
  {
    alert: 'KEDAScalerErrors'
    expression: 'sum by (exported_namespace, scaledObject) (rate(keda_scaler_detail_errors_total{type!="scaledjob"}[5m])) > 0.1'
    for: 'PT5M'
  }
]

resource ruleGroup 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: 'prg-${name}'
  location: location
  tags: tags
  properties: {
    description: 'KEDA itself, for the reactor.'
    enabled: true
    clusterName: clusterResourceName
    scopes: [monitorWorkspaceId]
    interval: 'PT1M'
    rules: map(rules, rule => {
      alert: rule.alert
      expression: rule.expression
      for: rule.for
      enabled: true
      severity: 1
      labels: { severity: 'critical', cluster: clusterName }
      actions: [{ actionGroupId: group.id }]
      resolveConfiguration: { autoResolved: true, timeToResolve: 'PT2M' }
    })
  }
}

output actionGroupId string = group.id
