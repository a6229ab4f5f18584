#!/bin/sh
# Once for each environment, before "azd up", by somebody who may register applications: the registration that Event Grid and Azure Monitor
# ask tokens for, and their right to. It has no secret. The app takes a token for it from those two applications alone.
set -eu

name="sophia-keda-reactor-$(azd env get-value AZURE_ENV_NAME)"
eventgrid=4962773b-9cdb-44cf-a8bf-237846a00ab7
monitor=461e8683-5575-4561-ac7f-899cc907d62a

# A name for it is not unique, its id is.
app=$(az ad app list --filter "displayName eq '$name'" --query '[0].appId' --output tsv)
if [ -z "$app" ]; then
  app=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv --app-roles '[
    {"allowedMemberTypes": ["Application", "User"], "description": "Event Grid", "displayName": "AzureEventGridSecureWebhookSubscriber",
     "isEnabled": true, "value": "AzureEventGridSecureWebhookSubscriber"},
    {"allowedMemberTypes": ["Application"], "description": "Azure Monitor", "displayName": "ActionGroupsSecureWebhook",
     "isEnabled": true, "value": "ActionGroupsSecureWebhook"}]')
  az ad app update --id "$app" --identifier-uris "api://$app"
fi
az ad sp show --id "$app" --output none 2>/dev/null || az ad sp create --id "$app" --output none
registration=$(az ad sp show --id "$app" --query id --output tsv)

grant() { # the application, the role
  az ad sp show --id "$1" --output none 2>/dev/null || az ad sp create --id "$1" --output none
  principal=$(az ad sp show --id "$1" --query id --output tsv)
  role=$(az ad sp show --id "$app" --query "appRoles[?value=='$2'].id | [0]" --output tsv)
  granted="https://graph.microsoft.com/v1.0/servicePrincipals/$registration/appRoleAssignedTo"
  az rest --method GET --url "$granted" --query "value[?principalId=='$principal' && appRoleId=='$role'].id" --output tsv | grep -q . ||
    az rest --method POST --url "$granted" --output none \
      --body "{\"principalId\": \"$principal\", \"resourceId\": \"$registration\", \"appRoleId\": \"$role\"}"
}
grant "$eventgrid" AzureEventGridSecureWebhookSubscriber
grant "$monitor" ActionGroupsSecureWebhook

azd env set REACTOR_ENTRA_AUDIENCE "api://$app"
azd env set REACTOR_ENTRA_OBJECT_ID "$(az ad app show --id "$app" --query id --output tsv)"
