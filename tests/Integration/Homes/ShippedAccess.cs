using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>Puts the shipped account, roles, policies and priority into a sandbox, as kubectl apply would, and gets a token for the account.</summary>
internal static class ShippedAccess
{
    public const string Account = "sophia-keda-reactor";
    public const string Home = "keda-reactor";

    private static readonly Dictionary<string, string> Collections = new(StringComparer.Ordinal)
    {
        ["Namespace"] = "/api/v1/namespaces",
        ["ServiceAccount"] = $"/api/v1/namespaces/{Home}/serviceaccounts",
        ["ClusterRole"] = "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        ["ClusterRoleBinding"] = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        ["Role"] = "/apis/rbac.authorization.k8s.io/v1/namespaces/{0}/roles",
        ["RoleBinding"] = "/apis/rbac.authorization.k8s.io/v1/namespaces/{0}/rolebindings",
        ["ValidatingAdmissionPolicy"] = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        ["FlowSchema"] = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
        ["ValidatingAdmissionPolicyBinding"] = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    };

    /// <param name="call">Sends a request as an administrator: method, path, content type and body to status and answer.</param>
    /// <returns>A token for the account, good for a month.</returns>
    public static async Task<string> ApplyAsync(Func<string, string, string, string, Task<(int Status, JsonObject Body)>> call)
    {
        foreach (var document in Manifests.Applied.Where(d => Collections.ContainsKey(d.Word("kind")!)).OrderBy(d => d.Word("kind") != "Namespace"))
        {
            var path = $"{string.Format(Collections[document.Word("kind")!], document.Word("metadata", "namespace"))}/{document.Word("metadata", "name")}?fieldManager=kubectl";
            var (status, body) = await call("PATCH", path, "application/apply-patch+yaml", Text(document));
            Assert.True(status == 201, $"{path}: {body}");
        }

        var token = await call("POST", $"/api/v1/namespaces/{Home}/serviceaccounts/{Account}/token", "application/json", """{"spec":{"expirationSeconds":2592000}}""");
        return token.Body["status"]!["token"]!.GetValue<string>();
    }

    public static Func<string, string, string, string, Task<(int, JsonObject)>> Over(KubernetesApi api) => (method, path, type, body) =>
    {
        var answer = api.Handle(ApiRequest.From(method, path, body, type) with { UserAgent = "kubectl/1" });
        return Task.FromResult((answer.Status, answer.Document()));
    };

    public static Func<string, string, string, string, Task<(int, JsonObject)>> Over(HttpClient http) => async (method, path, type, body) =>
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, type) };
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    };

    private static string Text(YamlMappingNode document)
    {
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(document)).Save(text, assignAnchors: false);
        return text.ToString();
    }
}
