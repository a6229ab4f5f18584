// The cluster that is guarded, as it is: where its API server is and whom to trust there. Nothing is changed.
param name string

resource cluster 'Microsoft.ContainerService/managedClusters@2025-10-01' existing = {
  name: name
}

var isPrivate = cluster.properties.?apiServerAccessProfile.?enablePrivateCluster ?? false

// The kubeconfig of a user of an Entra cluster holds no secret; of it only the authority's certificate is taken.
var kubeconfig = base64ToString(cluster.listClusterUserCredential().kubeconfigs[0].value)

output server string = 'https://${isPrivate ? cluster.properties.privateFQDN : cluster.properties.fqdn}:443'
@description('Base64 of the authority\'s PEM, as a kubeconfig has it. Public.')
#disable-next-line outputs-should-not-contain-secrets
output caData string = trim(split(split(kubeconfig, 'certificate-authority-data:')[1], '\n')[0])
