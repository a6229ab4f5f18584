// Who the app is: towards storage, the vault, Application Insights and the cluster. Nothing of it is a secret.
param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
@description('The object id: what role assignments and the cluster\'s role bindings name.')
output principalId string = identity.properties.principalId
