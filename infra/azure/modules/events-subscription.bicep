// From the topic to POST /api/events. Event Grid calls the app before it makes one, so this comes after the code: ../events.bicep.
param topicName string
param appHostName string
@description('What the app expects its callers\' tokens to be for; empty: the sender\'s key in the address.')
param entraAudience string
@secure()
@description('As the setting Keys:Sender has it: one key, or the new and the old one.')
param senderKey string

var url = 'https://${appHostName}/api/events'

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource subscription 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'reactor'
  properties: {
    destination: {
      endpointType: 'WebHook'
      properties: {
        // The key comes from a secure parameter; the rule loses sight of that wherever a secret becomes a part of a string.
        #disable-next-line use-secure-value-for-secure-inputs
        endpointUrl: empty(entraAudience) ? '${url}?code=${first(split(senderKey, ','))}' : url
        azureActiveDirectoryApplicationIdOrUri: empty(entraAudience) ? null : entraAudience
        azureActiveDirectoryTenantId: empty(entraAudience) ? null : tenant().tenantId
        minimumTlsVersionAllowed: '1.2'
        maxEventsPerBatch: 1
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'keda.scaledobject.failed.v1'
        'keda.scaledobject.ready.v1'
        'keda.scaledobject.paused.v1'
        'keda.scaledobject.unpaused.v1'
        'keda.scaledobject.removed.v1'
      ]
    }
    // An hour later the probe has long seen what an event would say.
    retryPolicy: { eventTimeToLiveInMinutes: 60, maxDeliveryAttempts: 30 }
  }
}

output id string = subscription.id
