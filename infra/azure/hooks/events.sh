#!/bin/sh
# The way from the Event Grid topic to the app. Event Grid makes a subscription only when the app answers its handshake.
set -eu
cd "$(dirname "$0")/.."

az deployment group create --name events --resource-group "$AZURE_RESOURCE_GROUP" --template-file events.bicep --output none --parameters \
  topicName="$REACTOR_TOPIC_NAME" vaultName="$REACTOR_VAULT_NAME" appHostName="$REACTOR_APP_HOST" entraAudience="${REACTOR_AUDIENCE:-}"
echo "Events sent to $REACTOR_TOPIC_ENDPOINT reach https://$REACTOR_APP_HOST/api/events"
