// A secret that is made once: a later deployment brings another value and leaves the one that is there.
param vaultName string
@description('The setting it is for, with "--" for ":".')
param name string
@secure()
param value string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

@onlyIfNotExists()
resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: name
  properties: { value: value }
}

output name string = secret.name
