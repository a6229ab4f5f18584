// The state: Azure Managed Redis. Its key goes straight into the vault and is no output of anything.
param name string
param location string
param tags object
param sku string
@allowed(['Enabled', 'Disabled'])
param highAvailability string
param vaultName string

// The port that Azure Managed Redis gives every database.
var port = 10000

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    highAvailability: highAvailability
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
  }
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: cluster
  name: 'default'
  properties: {
    accessKeysAuthentication: 'Enabled'
    clientProtocol: 'Encrypted'
    // One address that answers for every shard. OSSCluster would send the client on to nodes whose certificates do not name them as it asks.
    clusteringPolicy: 'EnterpriseCluster'
    evictionPolicy: 'NoEviction'
    port: port
    // "always" is deprecated there, so a power cut may lose the last second.
    persistence: { aofEnabled: true, aofFrequency: '1s', rdbEnabled: false }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource password 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'State--Redis--Password'
  properties: { value: database.listKeys().primaryKey }
}

output id string = cluster.id
output endpoint string = '${cluster.properties.hostName}:${port}'
output vaultEntry string = password.name
