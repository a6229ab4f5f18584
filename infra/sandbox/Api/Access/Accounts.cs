using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Access;

/// <summary>Tokens of ServiceAccounts, as TokenRequest gives them out: for an hour unless asked otherwise.</summary>
public sealed class Accounts
{
    private const string Prefix = "sandbox-account.";
    private readonly SandboxCluster _cluster;
    private readonly SeededRandom _random;
    private readonly Dictionary<string, (Account Account, string Uid, DateTimeOffset Until)> _given = [];

    public Accounts(SandboxCluster cluster) => (_cluster, _random) = (cluster, SeededRandom.For(cluster.Parts.Seed, "tokens"));

    public ApiResponse Token(StoredObject account, ApiRequest request)
    {
        // kubectl may ask in protobuf; what it asks for then is the usual hour.
        var asked = request.ContentType.Contains("protobuf", StringComparison.Ordinal) || request.Body.Length == 0 ? null : JsonNode.Parse(request.Body.Span);
        var spec = asked.Object("spec")?.Copy() ?? [];
        var seconds = spec.Whole("expirationSeconds") ?? 3600;
        if (seconds < 600)
            throw ApiException.Unprocessable("TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: may not specify a duration less than 10 minutes");
        spec["expirationSeconds"] = seconds;
        var until = _cluster.Now.AddSeconds(seconds);
        var token = Prefix + _random.Uid();
        _given[token] = (new Account(account.Namespace, account.Name), account.Uid, until);
        return ApiResponse.Json(201, new JsonObject
        {
            ["kind"] = "TokenRequest",
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["metadata"] = new JsonObject { ["name"] = account.Name, ["namespace"] = account.Namespace },
            ["spec"] = spec,
            ["status"] = new JsonObject { ["token"] = token, ["expirationTimestamp"] = Json.Seconds(until) },
        });
    }

    /// <summary>Whose token it is; null for an administrator's.</summary>
    public Account? Of(ApiRequest request)
    {
        if (!request.Token.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        return _given.TryGetValue(request.Token, out var given) && given.Until > _cluster.Now
            && _cluster.Store.Find(Resources.ServiceAccounts, given.Account.Namespace, given.Account.Name)?.Uid == given.Uid
            ? given.Account
            : throw ApiException.Unauthorized();
    }
}
