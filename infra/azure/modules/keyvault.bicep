// The vault: by role only, from the network only. Azure Resource Manager writes secrets into it without a way through its firewall.
@minLength(3)
@maxLength(24)
param name string
param location string
param tags object
@description('Nobody can destroy it, or a secret in it, for 7 days; also not "azd down --purge". Never turned off again.')
param purgeProtection bool

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // events.bicep reads the sender's key in a deployment.
    enabledForTemplateDeployment: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    // false is refused; leaving it out is how it stays off.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: 'Disabled'
    networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' }
  }
}

output id string = vault.id
output name string = vault.name
output uri string = vault.properties.vaultUri
