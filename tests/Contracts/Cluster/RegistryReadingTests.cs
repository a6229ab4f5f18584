using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>KEDA's resources and webhook configurations, as a look reads them.</summary>
public sealed class RegistryReadingTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private readonly FakeApi _api = new();

    public RegistryReadingTests()
    {
        OnDefinitions();
        _api.OnList(FakeApi.Webhooks, Hook("Ignore", "keda-system", "keda-admission-webhooks"));
        Keda(available: 1);
        Services("keda-system", "keda-admission-webhooks");
    }

    [Fact]
    public async Task What_is_served_is_known_by_one_short_answer_and_no_definition_is_read()
    {
        var seen = await SeenAsync();
        Assert.Equal(5, seen.Registrations.Count(r => r.Standing == Standing.Well));
        Assert.DoesNotContain(_api.Requests, r => r.Path == Definitions);
        Assert.True(seen.WebhooksExpected);
    }

    [Fact]
    public async Task A_resource_that_is_not_served_and_has_no_definition_is_gone()
    {
        _api.Serve("scaledobjects", "triggerauthentications", "clustertriggerauthentications");
        var jobs = await OneAsync("scaledjobs.keda.sh");
        Assert.Equal((Standing.Gone, "is gone, and every object of it with it", false), (jobs.Standing, jobs.What, jobs.Refuses));
    }

    [Theory]
    [InlineData("""{"deletionTimestamp":"2026-03-02T02:00:00Z"}""", "[]", "true", "is being deleted since 02:00:00Z")]
    [InlineData("{}", """[{"type":"Established","status":"False","reason":"Installing","message":"not yet"}]""", "true", "is there and not served (Installing: not yet)")]
    [InlineData("{}", """[{"type":"NamesAccepted","status":"False","reason":"PluralConflict","message":"taken"}]""", "true", "is there and not served (PluralConflict: taken)")]
    [InlineData("{}", "[]", "false", "is there and does not serve v1alpha1")]
    public async Task One_that_is_there_and_not_served_says_why_and_who_wrote_it(string meta, string conditions, string served, string why)
    {
        _api.Serve("scaledobjects", "triggerauthentications", "clustertriggerauthentications");
        var more = meta == "{}" ? "" : "," + meta[1..^1];
        OnDefinitions($$"""
            {"metadata":{"name":"scaledjobs.keda.sh","uid":"u","managedFields":[{"manager":"helm","time":"2026-03-02T01:00:00Z"}]{{more}} },
             "spec":{"versions":[{"name":"v1alpha1","served":{{served}} }]},"status":{"conditions":{{conditions}} } }
            """);
        var jobs = await OneAsync("scaledjobs.keda.sh");
        Assert.Equal((Standing.NotServed, why, "helm"), (jobs.Standing, jobs.What, jobs.LastWriter?.Manager));
    }

    [Fact]
    public async Task ScaledObjects_that_are_being_deleted_are_listed_still_and_refuse_every_pause()
    {
        _api.On("GET", FakeApi.Served, 200, """{"kind":"APIResourceList","resources":[{"name":"scaledobjects","kind":"ScaledObject","verbs":["delete","get","list","watch"]}]}""");
        OnDefinitions("""{"metadata":{"name":"scaledobjects.keda.sh","uid":"u","deletionTimestamp":"2026-03-02T02:00:00Z"},"spec":{"versions":[{"name":"v1alpha1","served":true}]}}""");
        var scaledObjects = await OneAsync("scaledobjects.keda.sh");
        Assert.Equal((Standing.NotServed, true, "is being deleted since 02:00:00Z"), (scaledObjects.Standing, scaledObjects.Refuses, scaledObjects.What));
    }

    [Fact]
    public async Task A_look_without_ScaledObjects_is_blind_and_names_the_definition()
    {
        _api.On("GET", FakeApi.ScaledObjects, 404, FakeApi.Status("the server could not find the requested resource"));
        var look = await _api.Client().ObserveAsync(default);
        Assert.Null(look.Observation);
        Assert.StartsWith("KEDA's CustomResourceDefinition scaledobjects.keda.sh is gone, and every object of it with it (apis/keda.sh/v1alpha1/scaledobjects: ", look.Problem);
        Assert.Equal(Standing.Gone, look.NotServed?.Standing);
    }

    [Fact]
    public async Task What_may_not_be_read_is_unknown_and_not_missing()
    {
        foreach (var path in new[] { FakeApi.Served, FakeApi.Webhooks })
            _api.On("GET", path, 403, FakeApi.Status("forbidden"));
        var seen = await SeenAsync();
        Assert.All(seen.Registrations, r => Assert.Equal(Standing.Unknown, r.Standing));
        Assert.Equal(5, seen.Registrations.Length);
    }

    [Fact]
    public async Task A_webhook_is_told_by_where_it_leads_and_what_follows_when_nobody_answers()
    {
        Services("keda-system");
        Assert.Equal((Standing.Taken, false), await HookAsync("Ignore", "keda-system", "keda-admission-webhooks"));
        Assert.Equal((Standing.NotServed, true), await HookAsync("Fail", "keda-system", "keda-admission-webhooks"));
        Services("keda-system", "keda-admission-webhooks");
        Keda(available: 0);
        Assert.Equal((Standing.NotServed, false), await HookAsync("Ignore", "keda-system", "keda-admission-webhooks"));
        Assert.Equal((Standing.NotServed, true), await HookAsync("Fail", "keda-system", "keda-admission-webhooks"));
        Keda(available: 1);
        Services("others", "guard");
        Assert.Equal((Standing.Taken, false), await HookAsync("Fail", "others", "guard"));
        _api.On("GET", "/api/v1/namespaces/keda-system/services", 403, FakeApi.Status("forbidden"));
        Assert.Equal((Standing.Unknown, false), await HookAsync("Fail", "keda-system", "other-name"));
    }

    [Fact]
    public async Task Policy_engines_that_ask_for_every_group_are_not_about_KEDA()
    {
        _api.OnList(FakeApi.Webhooks, Hook("Fail", "kyverno", "kyverno-svc").Replace("keda.sh", "*", StringComparison.Ordinal));
        Assert.DoesNotContain((await SeenAsync()).Registrations, r => r.Kind == Registration.Webhook);
    }

    private async Task<(Standing, bool)> HookAsync(string policy, string ns, string service)
    {
        _api.OnList(FakeApi.Webhooks, Hook(policy, ns, service));
        var one = await OneAsync("keda-admission");
        return (one.Standing, one.Refuses);
    }

    private async Task<Registration> OneAsync(string name) => Assert.Single((await SeenAsync()).Registrations, r => r.Name == name);

    private async Task<Observation> SeenAsync()
    {
        var look = await _api.Client().ObserveAsync(default);
        Assert.Equal("", look.Problem);
        return look.Observation!;
    }

    private void OnDefinitions(params string[] items) =>
        _api.On("GET", Definitions, 200, $$"""{"kind":"CustomResourceDefinitionList","metadata":{},"items":[{{string.Join(',', items)}}]}""");

    private void Services(string ns, params string[] names)
    {
        var items = names.Select(n => $$"""{"metadata":{"namespace":"{{ns}}","name":"{{n}}","uid":"{{n}}"},"spec":{"selector":{"app":"{{n}}"} } }""");
        _api.On("GET", $"/api/v1/namespaces/{ns}/services", 200, $$"""{"kind":"ServiceList","metadata":{},"items":[{{string.Join(',', items)}}]}""");
    }

    private void Keda(int available) => _api.OnList(FakeApi.Deployments, $$"""
        {"metadata":{"namespace":"keda-system","name":"keda-admission-webhooks","uid":"w","labels":{"app.kubernetes.io/part-of":"keda-operator"} },
         "spec":{"replicas":1,"template":{"metadata":{"labels":{"app":"keda-admission-webhooks"} },"spec":{"containers":[{"name":"c","image":"i"}]} } },"status":{"availableReplicas":{{available}} } }
        """);

    private static string Hook(string policy, string ns, string service) => $$"""
        {"metadata":{"name":"keda-admission","uid":"h"},"webhooks":[{"name":"vscaledobject.kb.io","failurePolicy":"{{policy}}",
         "clientConfig":{"service":{"namespace":"{{ns}}","name":"{{service}}"} },"rules":[{"apiGroups":["keda.sh"],"resources":["scaledobjects"]}]}]}
        """;
}
