using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>Asks "may I?" for each permission. The reviews are kept nowhere; nothing in the cluster changes.</summary>
internal sealed class AccessReviews(ApiClient api, bool observeOnly)
{
    private const int AtOnce = 4;
    private const string Path = "apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    /// <summary>What is missing or unknown, and how many of how many are there.</summary>
    public async Task<(ImmutableArray<Finding> Findings, string Words)> AskAsync(IReadOnlyList<Permission> permissions, CancellationToken cancel)
    {
        using var bound = new SemaphoreSlim(AtOnce);
        var answers = await Task.WhenAll(permissions.Select(async permission =>
        {
            await bound.WaitAsync(CancellationToken.None);
            try
            {
                return (Permission: permission, Answer: await api.SendAsync(Question(permission), PreflightJson.Default.ReviewDto, cancel));
            }
            finally
            {
                bound.Release();
            }
        }));

        var findings = ImmutableArray.CreateBuilder<Finding>();
        var refused = answers.Any(a => a.Answer is { Fate: Fate.Answered, Status: 403 });
        if (refused)
            findings.Add(new Finding(FindingKind.Missing, HealthStatus.Healthy, Permissions.Review.Missing()));
        findings.AddRange(answers.Where(a => Says(a.Answer) == false).Select(a => new Finding(FindingKind.Missing, Weight(a.Permission), a.Permission.Missing())));
        var silent = answers.Where(a => Says(a.Answer) is null && a.Answer is not { Fate: Fate.Answered, Status: 403 }).ToList();
        if (silent.Count > 0)
        {
            var why = silent[0].Answer.Value?.Status?.EvaluationError is { Length: > 0 } fault ? fault : silent[0].Answer.Say();
            findings.Add(new Finding(FindingKind.Unchecked, HealthStatus.Healthy,
                Words.Cut($"{silent.Count} of {permissions.Count} permissions could not be checked ({silent[0].Permission.Verb} {silent[0].Permission.Qualified} first): {why}")));
        }

        var allowed = answers.Count(a => Says(a.Answer) == true);
        return (findings.ToImmutable(), allowed == permissions.Count ? $"all {allowed} permissions" : refused ? "" : $"{allowed} of {permissions.Count} permissions");
    }

    /// <summary>Null: it did not say. A webhook that could not be asked leaves its error, and allowed=false means nothing then; RBAC leaves none.</summary>
    private static bool? Says(Answer<ReviewDto> answer) => answer is { IsSuccess: true, Value.Status: { } status }
        ? status.Allowed == true ? true : status.EvaluationError is { Length: > 0 } ? null : false
        : null;

    /// <summary>An observer writes nothing: what it may not write is worth knowing before it acts.</summary>
    private HealthStatus Weight(Permission permission) => permission.Need switch
    {
        Need.ToLook => HealthStatus.Unhealthy,
        Need.ToAct when !observeOnly => HealthStatus.Degraded,
        _ => HealthStatus.Healthy,
    };

    private static ApiRequest Question(Permission permission)
    {
        var spec = new JsonObject();
        if (permission.Group is null)
        {
            spec["nonResourceAttributes"] = new JsonObject { ["path"] = permission.Resource, ["verb"] = permission.Verb };
        }
        else
        {
            var (resource, below) = permission.Resource.Split('/') is [var of, var part] ? (of, part) : (permission.Resource, null);
            var what = new JsonObject { ["group"] = permission.Group, ["resource"] = resource, ["verb"] = permission.Verb };
            if (below is not null)
                what["subresource"] = below;
            if (permission.Name is { } name)
                what["name"] = name;
            if (permission.Namespace is { } ns)
                what["namespace"] = ns;
            spec["resourceAttributes"] = what;
        }

        var body = new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SelfSubjectAccessReview", ["spec"] = spec };
        return new ApiRequest(HttpMethod.Post, Path).With(body, ApiRequest.Json);
    }
}
