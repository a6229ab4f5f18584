using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// How KEDA's resources and webhook configurations stand in the API server. What is served, discovery says, in one short answer; a
/// CustomResourceDefinition is read only when its resource is not.
/// </summary>
internal sealed class RegistryReader(BoundedLists lists, KedaServices services)
{
    private const string Group = "keda.sh";
    private const string Version = "v1alpha1";
    private const string ScaledObjects = "scaledobjects";

    /// <summary>Each may cost a list at every look; KEDA has one.</summary>
    private const int MostWebhooks = 4;

    private static readonly string[] Kinds = [ScaledObjects, "scaledjobs", "triggerauthentications", "clustertriggerauthentications"];

    public async Task<ImmutableArray<Registration>> ResourcesAsync()
    {
        var answer = await lists.ServedAsync($"{Group}/{Version}");
        if (answer is not { Fate: Fate.Answered, Status: 404 } and not { IsSuccess: true, Value.Resources: not null })
            return [.. Kinds.Select(kind => new Registration(Registration.Crd, $"{kind}.{Group}", Standing.Unknown) { What = $"whether it is served could not be asked: {Words.Cut(answer.Say())}" })];
        var served = answer.Value?.Resources ?? [];
        var found = new List<Registration>();
        foreach (var kind in Kinds)
        {
            // One that is being deleted is served without the verbs that change it.
            var entry = served.FirstOrDefault(r => r?.Name == kind);
            found.Add(entry is not null && entry.Verbs?.Contains("patch") != false ? new Registration(Registration.Crd, $"{kind}.{Group}", Standing.Well) : await UnservedAsync(kind));
        }

        return [.. found];
    }

    /// <summary>How it stands with ScaledObjects when their list is 404.</summary>
    public Task<Registration> ScaledObjectsAsync() => UnservedAsync(ScaledObjects);

    private async Task<Registration> UnservedAsync(string kind)
    {
        var name = $"{kind}.{Group}";
        var answer = await lists.ReadAsync(new ListOf<CrdDto>("apis/apiextensions.k8s.io/v1/customresourcedefinitions", Registration.Crd, ObserveJson.Default.CrdDto) { FieldSelector = $"metadata.name={name}" });
        var found = answer.Items.Count > 0 ? answer.Items[0] : null;
        var (standing, what) = found is not null ? (Standing.NotServed, WhyNot(found))
            : answer.Problem.Length > 0 || answer.Unread.Count > 0 ? (Standing.Gone, "is not served; whether it is there could not be read")
            : (Standing.Gone, "is gone, and every object of it with it");
        return new Registration(Registration.Crd, name, standing)
        {
            What = what,
            Refuses = kind == ScaledObjects,
            LastWriter = found is null ? null : Writers.OfObject(found),
            GiveBack = services.Manifest(),
        };
    }

    private static string WhyNot(CrdDto found)
    {
        if (found.Metadata?.DeletionTimestamp is { } deleted)
            return $"is being deleted since {deleted.UtcDateTime:HH:mm:ss}Z";
        if (found.Spec?.Versions is { } versions && !versions.Any(v => v is { Name: Version, Served: not false }))
            return $"is there and does not serve {Version}";
        var established = Conditions.Find(found.Status?.Conditions, "Established");
        var names = Conditions.Find(found.Status?.Conditions, "NamesAccepted");
        var refused = names is { IsTrue: false } ? names : established;
        return refused is { IsTrue: false } ? $"is there and not served ({Words.Cut(Core.Words.With(refused.Reason, refused.Message))})" : "is there and not served";
    }

    /// <summary>Those that ask about ScaledObjects; one without a name, of which nothing is known, when they could not be read.</summary>
    public async Task<ImmutableArray<Registration>> WebhooksAsync()
    {
        var answer = await lists.ReadAsync(new ListOf<WebhooksDto>("apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", Registration.Webhook, ObserveJson.Default.WebhooksDto));
        if (answer.Problem.Length > 0 || answer.Unread.Count > 0)
            return [new Registration(Registration.Webhook, "", Standing.Unknown) { What = $"could not be read: {(answer.Problem.Length > 0 ? answer.Problem : answer.Unread[0].Object.Problem)}" }];
        var found = ImmutableArray.CreateBuilder<Registration>();
        foreach (var configuration in answer.Items.Where(c => c.Webhooks?.Exists(IsAboutScaledObjects) == true).Take(MostWebhooks))
            found.Add(await WebhookAsync(configuration, configuration.Webhooks!.Find(IsAboutScaledObjects)!));

        return found.ToImmutable();
    }

    /// <summary>By KEDA's group: policy engines that ask for every group are not about KEDA.</summary>
    private static bool IsAboutScaledObjects(WebhookDto? webhook) => webhook?.Rules?.Any(r =>
        r?.ApiGroups?.Contains(Group) == true && r.Resources?.Any(name => name is ScaledObjects or "*" or ScaledObjects + "/*") == true) == true;

    private async Task<Registration> WebhookAsync(WebhooksDto configuration, WebhookDto webhook)
    {
        var one = new Registration(Registration.Webhook, configuration.Name, Standing.Well) { LastWriter = Writers.OfObject(configuration), GiveBack = services.Manifest() };
        if (webhook.ClientConfig?.Service is not { } service)
            return one with { Standing = Standing.Unknown, What = "it leads to an address outside of the cluster, or nowhere" };
        var own = services.Own(KedaPart.Webhooks);
        var fails = webhook.FailurePolicy is null or "Fail";
        var lead = await services.OfAsync(KedaPart.Webhooks, service);
        var to = $"leads to Service {service.Namespace}/{service.Name}";
        return lead.To switch
        {
            LeadsTo.Keda when own.Any(d => d.Namespace == service.Namespace && d.Status?.AvailableReplicas > 0) => one,
            LeadsTo.Keda => one with { Standing = Standing.NotServed, Refuses = fails, What = $"is not served: KEDA's webhooks have no available replica, and {Policy(fails)}" },
            LeadsTo.Nowhere when fails => one with { Standing = Standing.NotServed, Refuses = true, What = $"{to}, which is not there, and {Policy(fails)}" },
            LeadsTo.Nowhere => one with { Standing = Standing.Taken, What = $"{to}, which is not there, and {Policy(fails)}" },
            LeadsTo.Others => one with { Standing = Standing.Taken, What = $"{to}, not to KEDA's webhooks{(own.Count > 0 ? $" {own[0].Namespace}/{own[0].Name}" : "")}" },
            _ => one with { Standing = Standing.Unknown, What = $"whether it leads to KEDA's webhooks can't be told: {lead.Why}" },
        };
    }

    private static string Policy(bool fails) => fails
        ? "its failurePolicy is Fail: every write of a ScaledObject is refused"
        : "its failurePolicy is Ignore: nobody refuses a second ScaledObject or HPA on one workload";
}
