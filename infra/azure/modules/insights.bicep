// Where OpenTelemetry goes: Application Insights over a Log Analytics workspace, both by Entra only (no instrumentation key is accepted).
param name string
param location string
param tags object
@minValue(30)
@maxValue(730)
param retentionDays int
@description('GB a day; what comes after is dropped until the next day.')
param dailyCapGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

output name string = insights.name
@description('Endpoint and instrumentation key. With local auth off the key alone opens nothing.')
output connectionString string = insights.properties.ConnectionString
