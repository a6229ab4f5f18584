// One network: a subnet that the app's instances stand in, one for the private endpoints of what it uses.
param name string
param location string
param tags object
@description('CIDR of at least /25. Must not overlap the cluster\'s network when the two are peered.')
param addressSpace string
@description('A fixed public address for what the app sends out: Slack, PagerDuty, a public API server with authorised ranges.')
param natGateway bool

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (natGateway) {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource nat 'Microsoft.Network/natGateways@2024-05-01' = if (natGateway) {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: address.id }] }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressSpace] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 26, 0)
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
          natGateway: natGateway ? { id: nat.id } : null
          // Without a NAT gateway there is no other way out to Slack and PagerDuty.
          defaultOutboundAccess: !natGateway
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 27, 2)
          privateEndpointNetworkPolicies: 'Disabled'
          defaultOutboundAccess: false
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

output id string = network.id
output name string = network.name
output appSubnetId string = network::app.id
output endpointSubnetId string = network::endpoints.id
@description('Empty without a NAT gateway.')
output outboundAddress string = natGateway ? address!.properties.ipAddress : ''
