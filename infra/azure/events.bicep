// What can only be made when the code runs; hooks/events.sh deploys it after each deployment of the code.
param topicName string
param vaultName string
param appHostName string
param entraAudience string = ''

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

module subscription 'modules/events-subscription.bicep' = {
  name: 'events-subscription'
  params: {
    topicName: topicName
    appHostName: appHostName
    entraAudience: entraAudience
    senderKey: vault.getSecret('Keys--Sender')
  }
}
