// Flex Consumption: why this plan and not another is in README.
param name string
param location string
param tags object
@description('Needs two always-ready instances in every group that has any.')
param zoneRedundant bool

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

output id string = plan.id
