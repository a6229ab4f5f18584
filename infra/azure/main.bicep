// One reactor for one AKS cluster: what README's table lists. Deployed by "azd up" in this folder.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
param environmentName string

@metadata({ azd: { type: 'location' } })
param location string

@description('Sizes (environments/) and the policy\'s preset: dev is disabled, staging trips above 5 rescales a minute, production above 3.')
@allowed(['dev', 'staging', 'production'])
param stage string

@description('The AKS cluster to guard: /subscriptions/…/managedClusters/NAME. It must have Entra authentication.')
param clusterResourceId string

@description('What alerts call this cluster in their label "cluster".')
param clusterName string = last(split(clusterResourceId, '/'))

@description('Namespaces whose ScaledObjects are guarded, comma separated.')
param namespaces string = 'artemis-mesh,sophia-mesh'

@description('KEDA\'s namespace; empty: found by the labels of its operator.')
param kedaNamespace string = ''

@description('Name of its operator\'s Deployment; empty: found by its labels.')
param kedaOperatorDeployment string = ''

@description('Your own policy: policy.yaml beside azure.yaml, which goes with the package. Empty: the defaults, with the preset of the stage.')
@allowed(['', 'policy.yaml'])
param policyFile string = ''

@description('observe decides and pages "would have", and writes nothing to the cluster: run it so first.')
@allowed(['observe', 'act'])
param policyMode string = 'observe'

@description('accepted: it may act although no channel below is configured; else the app then refuses to start.')
@allowed(['', 'accepted'])
param pagesNone string = ''

@secure()
@description('Incoming webhook; empty: Slack is not paged.')
param slackWebhookUrl string = ''

@secure()
@description('Events API v2 integration key, 32 characters; empty: PagerDuty is not paged.')
param pagerDutyRoutingKey string = ''

@description('Where its events go; empty: https://events.pagerduty.com/v2/enqueue. Accounts in the EU have another.')
param pagerDutyUrl string = ''

@description('Mail server; empty: no mail.')
param emailHost string = ''

@description('Empty: 587, or 465 with TLS from the first byte. Azure lets nothing out by port 25.')
param emailPort string = ''

@description('starttls or implicit; empty: starttls.')
@allowed(['', 'starttls', 'implicit'])
param emailTls string = ''

@description('Empty: the mail server asks nobody who they are.')
param emailUser string = ''

@secure()
@description('Of that user.')
param emailPassword string = ''

@description('As in "KEDA <keda@example.org>".')
param emailFrom string = ''

@description('Comma separated.')
param emailTo string = ''

@secure()
@description('A webhook of your own; empty: none. A secret, since many addresses carry a token.')
param webhookUrl string = ''

@description('What it gets instead of our own JSON: webhook-template.json beside azure.yaml, which goes with the package. Empty: our own.')
@allowed(['', 'webhook-template.json'])
param webhookTemplate string = ''

@secure()
@description('Signs what that webhook gets; empty: unsigned.')
param webhookSecret string = ''

@description('Where people reach the app: pages link to it. Empty: no such links.')
param linksBaseUrl string = ''

@description('What every page links to; empty: no such link.')
param linksRunbook string = ''

@description('Hosts, comma separated, whose addresses in alerts may be clicked.')
param linksAllowedHosts string = ''

@description('Days that audit records are kept; empty: 400.')
param auditRetention string = ''

@description('Endpoint of an Event Grid topic that gets every sealed audit record; the app\'s identity needs EventGrid Data Sender there. Empty: nobody gets them.')
param auditTopicEndpoint string = ''

@description('How long Alertmanager\'s Watchdog may stay away before health says so, as in 15m; empty: never.')
param watchdogLongestSilence string = ''

@description('Application ID URI of the app registration that Event Grid and Azure Monitor ask tokens for (hooks/entra.sh); empty: Event Grid sends the sender\'s key, and Azure Monitor is not wired.')
param entraAudience string = ''

@description('Object id of that app registration. Wanted by the action group only.')
param entraObjectId string = ''

@description('Object id of the identity that KEDA\'s operator publishes events with; empty: nobody may publish.')
param kedaPrincipalId string = ''

@description('Azure Monitor workspace with the cluster\'s metrics; empty: no alert rules are made.')
param monitorWorkspaceId string = ''

@description('Disabled: only the private endpoint of the app answers. Then Event Grid, Azure Monitor and azd from outside do not get through.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string = 'Enabled'

@description('Addresses or CIDR ranges that may call the app: Alertmanager\'s way out, the operators\'.')
param allowedCallers string[] = []

@description('Addresses or CIDR ranges that may deploy; empty: any, with an Entra token.')
param allowedDeployers string[] = []

@description('Also a private endpoint for the app, for callers in the cluster\'s network.')
param appPrivateEndpoint bool = false

@description('CIDR of at least /25.')
param addressSpace string = '10.213.0.0/24'

@description('The cluster\'s virtual network, to peer with; empty: not peered. A private API server needs it.')
param clusterVnetId string = ''

@description('The private DNS zone of a private API server; empty: none.')
param clusterDnsZoneId string = ''

// Made at the first deployment, kept by every later one (modules/generated-secret.bicep).
@secure()
param senderKey string = '${newGuid()}${newGuid()}'
@secure()
param viewerKey string = '${newGuid()}${newGuid()}'
@secure()
param operatorKey string = '${newGuid()}${newGuid()}'
@secure()
param memoryKey string = '${newGuid()}${newGuid()}'

var sizes = {
  dev: loadJsonContent('environments/dev.json')
  staging: loadJsonContent('environments/staging.json')
  production: loadJsonContent('environments/production.json')
}
var size = sizes[stage]
// Where Azure unpacks what azd publishes.
var package = '/home/site/wwwroot'

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var clusterPath = split(clusterResourceId, '/')
var networkPath = split(clusterVnetId, '/')
var zonePath = split(clusterDnsZoneId, '/')

// First-party applications of Microsoft: who asks Entra for the tokens that come with events and alerts.
var eventGridApplication = '4962773b-9cdb-44cf-a8bf-237846a00ab7'
var actionGroupApplication = '461e8683-5575-4561-ac7f-899cc907d62a'
var monitored = !empty(monitorWorkspaceId) && !empty(entraAudience)

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { name: 'id-${token}', location: location, tags: tags }
}

module insights 'modules/insights.bicep' = {
  name: 'insights'
  scope: group
  params: { name: token, location: location, tags: tags, retentionDays: size.logRetentionDays, dailyCapGb: size.logDailyCapGb }
}

module network 'modules/network.bicep' = {
  name: 'network'
  scope: group
  params: { name: token, location: location, tags: tags, addressSpace: addressSpace, natGateway: size.natGateway }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: { name: 'st${token}', location: location, tags: tags, sku: size.storageSku }
}

module vault 'modules/keyvault.bicep' = {
  name: 'vault'
  scope: group
  params: { name: 'kv-${token}', location: location, tags: tags, purgeProtection: size.purgeProtection }
}

module redis 'modules/redis.bicep' = {
  name: 'redis'
  scope: group
  params: {
    name: 'redis-${token}'
    location: location
    tags: tags
    sku: size.redisSku
    highAvailability: size.redisHighAvailability
    vaultName: vault.outputs.name
  }
}

module topic 'modules/eventgrid.bicep' = {
  name: 'topic'
  scope: group
  params: { name: 'evgt-${token}', location: location, tags: tags }
}

module senderSecret 'modules/generated-secret.bicep' = {
  name: 'secret-sender'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Keys--Sender', value: senderKey }
}

module viewerSecret 'modules/generated-secret.bicep' = {
  name: 'secret-viewer'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Keys--Viewer', value: viewerKey }
}

module operatorSecret 'modules/generated-secret.bicep' = {
  name: 'secret-operator'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Keys--Operator', value: operatorKey }
}

module memorySecret 'modules/generated-secret.bicep' = {
  name: 'secret-memory'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Memory--Key', value: memoryKey }
}

module slackSecret 'modules/given-secret.bicep' = if (!empty(slackWebhookUrl)) {
  name: 'secret-slack'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Pages--Slack--WebhookUrl', value: slackWebhookUrl }
}

module pagerDutySecret 'modules/given-secret.bicep' = if (!empty(pagerDutyRoutingKey)) {
  name: 'secret-pagerduty'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Pages--PagerDuty--RoutingKey', value: pagerDutyRoutingKey }
}

module emailSecret 'modules/given-secret.bicep' = if (!empty(emailPassword)) {
  name: 'secret-email'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Pages--Email--Password', value: emailPassword }
}

module webhookUrlSecret 'modules/given-secret.bicep' = if (!empty(webhookUrl)) {
  name: 'secret-webhook-url'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Pages--Webhook--Url', value: webhookUrl }
}

module webhookSigningSecret 'modules/given-secret.bicep' = if (!empty(webhookSecret)) {
  name: 'secret-webhook-signing'
  scope: group
  params: { vaultName: vault.outputs.name, name: 'Pages--Webhook--Secret', value: webhookSecret }
}

module storageEndpoint 'modules/private-endpoint.bicep' = {
  name: 'endpoint-storage'
  scope: group
  params: {
    name: 'blob-${token}'
    location: location
    tags: tags
    targetId: storage.outputs.id
    groupId: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
    networkId: network.outputs.id
    subnetId: network.outputs.endpointSubnetId
  }
}

module vaultEndpoint 'modules/private-endpoint.bicep' = {
  name: 'endpoint-vault'
  scope: group
  params: {
    name: 'vault-${token}'
    location: location
    tags: tags
    targetId: vault.outputs.id
    groupId: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
    networkId: network.outputs.id
    subnetId: network.outputs.endpointSubnetId
  }
}

module redisEndpoint 'modules/private-endpoint.bicep' = {
  name: 'endpoint-redis'
  scope: group
  params: {
    name: 'redis-${token}'
    location: location
    tags: tags
    targetId: redis.outputs.id
    groupId: 'redisEnterprise'
    zoneName: 'privatelink.redis.azure.net'
    networkId: network.outputs.id
    subnetId: network.outputs.endpointSubnetId
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    insightsName: insights.outputs.name
    topicName: topic.outputs.name
    kedaPrincipalId: kedaPrincipalId
  }
}

module cluster 'modules/cluster.bicep' = {
  name: 'cluster-${token}'
  scope: resourceGroup(clusterPath[2], clusterPath[4])
  params: { name: last(clusterPath) }
}

module toCluster 'modules/peering.bicep' = if (!empty(clusterVnetId)) {
  name: 'peering-to-cluster'
  scope: group
  params: { networkName: network.outputs.name, remoteNetworkId: clusterVnetId, name: 'to-cluster' }
}

module fromCluster 'modules/peering.bicep' = if (!empty(clusterVnetId)) {
  name: 'peering-${token}'
  scope: resourceGroup(empty(clusterVnetId) ? clusterPath[2] : networkPath[2], empty(clusterVnetId) ? clusterPath[4] : networkPath[4])
  params: { networkName: last(networkPath), remoteNetworkId: network.outputs.id, name: 'to-reactor-${token}' }
}

module clusterZone 'modules/zone-link.bicep' = if (!empty(clusterDnsZoneId)) {
  name: 'zone-${token}'
  scope: resourceGroup(empty(clusterDnsZoneId) ? clusterPath[2] : zonePath[2], empty(clusterDnsZoneId) ? clusterPath[4] : zonePath[4])
  params: { zoneName: last(zonePath), networkId: network.outputs.id, name: 'reactor-${token}' }
}

module plan 'modules/plan.bicep' = {
  name: 'plan'
  scope: group
  params: { name: 'plan-${token}', location: location, tags: tags, zoneRedundant: size.zoneRedundant }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    name: 'func-${token}'
    location: location
    tags: tags
    planId: plan.outputs.id
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    subnetId: network.outputs.appSubnetId
    packageContainerUrl: storage.outputs.packageContainerUrl
    blobEndpoint: storage.outputs.blobEndpoint
    insightsConnectionString: insights.outputs.connectionString
    vaultName: vault.outputs.name
    vaultSettings: union(
      {
        Keys__Sender: senderSecret.outputs.name
        Keys__Viewer: viewerSecret.outputs.name
        Keys__Operator: operatorSecret.outputs.name
        Memory__Key: memorySecret.outputs.name
        State__Redis__Password: redis.outputs.vaultEntry
      },
      empty(slackWebhookUrl) ? {} : { Pages__Slack__WebhookUrl: slackSecret!.outputs.name },
      empty(pagerDutyRoutingKey) ? {} : { Pages__PagerDuty__RoutingKey: pagerDutySecret!.outputs.name },
      empty(emailPassword) ? {} : { Pages__Email__Password: emailSecret!.outputs.name },
      empty(webhookUrl) ? {} : { Pages__Webhook__Url: webhookUrlSecret!.outputs.name },
      empty(webhookSecret) ? {} : { Pages__Webhook__Secret: webhookSigningSecret!.outputs.name }
    )
    settings: union(
      {
        Cluster__Name: clusterName
        Kubernetes__Server: cluster.outputs.server
        Kubernetes__CaData: cluster.outputs.caData
        Kubernetes__AzureIdentity: identity.outputs.clientId
        Kubernetes__Namespaces: namespaces
        Keda__Namespace: kedaNamespace
        Keda__OperatorDeployment: kedaOperatorDeployment
        Policy__File: empty(policyFile) ? '' : '${package}/${policyFile}'
        Policy__Environment: stage
        Policy__Mode: policyMode
        State__Redis__Endpoints: redis.outputs.endpoint
        State__Redis__Tls: 'true'
        // It does not let scripts ask INFO, so the app can't see its log: README, "The state".
        State__Durability: 'relaxed'
        State__AuditRetention: auditRetention
        Reconcile__Schedule: '*/30 * * * * *'
        Pages__Schedule: '*/10 * * * * *'
        Pages__None: pagesNone
        Pages__PagerDuty__Url: pagerDutyUrl
        Pages__Email__Host: emailHost
        Pages__Email__Port: emailPort
        Pages__Email__Tls: emailTls
        Pages__Email__User: emailUser
        Pages__Email__From: emailFrom
        Pages__Email__To: emailTo
        Pages__Webhook__Template: empty(webhookTemplate) ? '' : '${package}/${webhookTemplate}'
        Audit__EventGrid__Endpoint: auditTopicEndpoint
        Audit__EventGrid__AzureIdentity: empty(auditTopicEndpoint) ? '' : identity.outputs.clientId
        Watchdog__LongestSilence: watchdogLongestSilence
        Links__BaseUrl: linksBaseUrl
        Links__Runbook: linksRunbook
        Links__AllowedHosts: linksAllowedHosts
      },
      empty(entraAudience) ? {} : {
        Entra__Tenant: tenant().tenantId
        // Tokens of version 2 carry the bare application id.
        Entra__Audience: '${entraAudience},${last(split(entraAudience, '/'))}'
        Entra__Senders: '${eventGridApplication},${actionGroupApplication}'
      }
    )
    instanceMemoryMB: size.instanceMemoryMB
    alwaysReadyHttp: size.alwaysReadyHttp
    alwaysReadyReconcile: size.alwaysReadyReconcile
    maximumInstanceCount: size.maximumInstanceCount
    httpConcurrency: size.httpConcurrency
    publicNetworkAccess: publicNetworkAccess
    allowedServices: monitored ? ['AzureEventGrid', 'ActionGroup'] : ['AzureEventGrid']
    allowedCallers: allowedCallers
    allowedDeployers: allowedDeployers
  }
  // Before its first start: the rights, and the names of what it starts from.
  dependsOn: [roles, storageEndpoint, vaultEndpoint, redisEndpoint]
}

module appEndpoint 'modules/private-endpoint.bicep' = if (appPrivateEndpoint) {
  name: 'endpoint-app'
  scope: group
  params: {
    name: 'app-${token}'
    location: location
    tags: tags
    targetId: app.outputs.id
    groupId: 'sites'
    zoneName: 'privatelink.azurewebsites.net'
    networkId: network.outputs.id
    subnetId: network.outputs.endpointSubnetId
    otherNetworkId: clusterVnetId
  }
}

module alerts 'modules/alerts.bicep' = if (monitored) {
  name: 'alerts'
  scope: group
  params: {
    name: token
    location: location
    tags: tags
    appHostName: app.outputs.hostName
    entraAudience: entraAudience
    entraObjectId: entraObjectId
    monitorWorkspaceId: monitorWorkspaceId
    clusterResourceName: last(clusterPath)
    clusterName: clusterName
  }
}

// azd keeps these in its environment: the hooks read them there.
output AZURE_RESOURCE_GROUP string = group.name
output REACTOR_URL string = 'https://${app.outputs.hostName}'
output REACTOR_APP_HOST string = app.outputs.hostName
output REACTOR_APP_ID string = app.outputs.id
output REACTOR_APP_NAME string = app.outputs.name
output REACTOR_PRINCIPAL_ID string = identity.outputs.principalId
output REACTOR_TOPIC_NAME string = topic.outputs.name
output REACTOR_TOPIC_ENDPOINT string = topic.outputs.endpoint
output REACTOR_VAULT_NAME string = vault.outputs.name
output REACTOR_VAULT_URI string = vault.outputs.uri
output REACTOR_OUTBOUND_ADDRESS string = network.outputs.outboundAddress
output REACTOR_GUARDED_CLUSTER_ID string = clusterResourceId
output REACTOR_GUARDED_NAMESPACES string = namespaces
output REACTOR_LEASES_NAMESPACE string = kedaNamespace
output REACTOR_AUDIENCE string = entraAudience
