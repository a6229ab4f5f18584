// The function app: code from the package container, settings, and who may reach it.
param name string
param location string
param tags object
param planId string
param identityId string
param identityClientId string
param subnetId string
param packageContainerUrl string
param blobEndpoint string
@secure()
param insightsConnectionString string
param vaultName string
@description('Setting of the app (with "__") to the name of its secret in the vault.')
param vaultSettings object
@description('Settings of the app that are no secrets, with "__" for ":".')
param settings object

@allowed([512, 2048, 4096])
param instanceMemoryMB int
@description('Always ready for all HTTP functions together.')
param alwaysReadyHttp int
@description('Always ready for the probe: Flex gives every function that is not http instances of its own. What Deliver does may begin late.')
param alwaysReadyReconcile int
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int
@description('Requests at once on one instance; above it Flex adds an instance.')
param httpConcurrency int

@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
@description('Service tags of Azure that call the app.')
param allowedServices string[]
@description('Addresses or CIDR ranges that may call the app.')
param allowedCallers string[]
@description('Addresses or CIDR ranges that may deploy; empty: any, with an Entra token.')
param allowedDeployers string[]

var readyHttp = alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: alwaysReadyHttp }] : []
var readyReconcile = alwaysReadyReconcile > 0 ? [{ name: 'function:Reconcile', instanceCount: alwaysReadyReconcile }] : []

var byService = map(range(0, length(allowedServices)), i => {
  name: allowedServices[i]
  action: 'Allow'
  priority: 100 + i
  tag: 'ServiceTag'
  ipAddress: allowedServices[i]
})
var byCaller = map(range(0, length(allowedCallers)), i => {
  name: 'caller-${i}'
  action: 'Allow'
  priority: 200 + i
  tag: 'Default'
  ipAddress: contains(allowedCallers[i], '/') ? allowedCallers[i] : '${allowedCallers[i]}/32'
})
var byDeployer = map(range(0, length(allowedDeployers)), i => {
  name: 'deployer-${i}'
  action: 'Allow'
  priority: 200 + i
  tag: 'Default'
  ipAddress: contains(allowedDeployers[i], '/') ? allowedDeployers[i] : '${allowedDeployers[i]}/32'
})

// The names of what the platform reads. Runtime and deployment are in functionAppConfig: Flex refuses them as settings.
var platform = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
}

var fromVault = mapValues(vaultSettings, entry => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${entry})')

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the app of the service "reactor" by this tag.
  tags: union(tags, { 'azd-service-name': 'reactor' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: planId
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: subnetId
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: concat(readyHttp, readyReconcile)
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: concat(byService, byCaller)
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: empty(allowedDeployers) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictions: byDeployer
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(platform, settings, fromVault)
  }

  // No user name and password opens the deployment site, only Entra.
  resource noBasicDeployment 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

output id string = app.id
output name string = app.name
output hostName string = app.properties.defaultHostName
