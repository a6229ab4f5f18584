using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>Several operators, found by their Deployments, each with its lease and its share.</summary>
public sealed class ShardReadingTests
{
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/keda-system/leases";
    private const string Ours = """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/name":"keda-operator"}""";
    private readonly FakeApi _api = new();

    [Fact]
    public async Task Each_has_its_share_and_its_lease_read_in_its_own_namespace()
    {
        _api.OnList(FakeApi.Deployments,
            Operator("keda-operator-a", Env("mesh-a"), lease: "a.keda.sh"),
            Operator("keda-operator-b", Env("mesh-b,mesh-c", "team in (x,y)"), lease: "b.keda.sh", available: 0));
        _api.OnList(Leases, Lease("a.keda.sh", "2026-11-21T23:00:00Z"), Lease("b.keda.sh", "2026-11-21T22:00:00Z"), Lease("operator.keda.sh", "2026-11-21T23:59:00Z"));

        var seen = await SeeAsync();

        Assert.Null(seen.Operator.Deployment);
        Assert.Equal(["keda-system/keda-operator-a", "keda-system/keda-operator-b"], seen.Shards.Keys);
        var (a, b) = (seen.Shards["keda-system/keda-operator-a"], seen.Shards["keda-system/keda-operator-b"]);
        Assert.Equal(("namespace mesh-a", 1, "keda-system/a.keda.sh"), ($"{a.Share}", a.AvailableReplicas, a.Lease));
        Assert.Equal(("namespaces mesh-b, mesh-c with labels team in (x,y)", 0, "keda-system/b.keda.sh"), ($"{b.Share}", b.AvailableReplicas, b.Lease));
        Assert.Empty(seen.SharesUntold);
        Assert.Contains(_api.Requests, r => r.PathAndQuery.StartsWith(Leases + "?", StringComparison.Ordinal) && r.PathAndQuery.Contains("metadata.name%3Da.keda.sh", StringComparison.Ordinal));
        Assert.DoesNotContain(_api.Requests, r => r.Path == FakeApi.Leases && r.PathAndQuery.Contains("a.keda.sh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Those_in_namespaces_of_their_own_have_one_lease_name_and_are_two()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator", Env("mesh-a"), ns: "keda-a"), Operator("keda-operator", Env("mesh-b"), ns: "keda-b"));
        _api.OnList(FakeApi.Leases, Lease("operator.keda.sh", "2026-11-21T23:00:00Z", "keda-a"), Lease("operator.keda.sh", "2026-11-21T22:00:00Z", "keda-b"));

        var seen = await SeeAsync();

        Assert.Equal(["keda-a/operator.keda.sh", "keda-b/operator.keda.sh"], seen.Shards.Values.Select(o => o.Lease));
        Assert.Equal(["keda-a/keda-operator", "keda-b/keda-operator"], seen.Shards.Keys);
    }

    [Theory]
    [InlineData("""[{"name":"WATCH_NAMESPACE","value":""},{"name":"WATCH_LABEL_SELECTOR","value":""}]""", null)]
    [InlineData("""[{"name":"OTHER","value":"x"}]""", null)]
    [InlineData("""[{"value":"mesh-a","name":"WATCH_NAMESPACE"}]""", "namespace mesh-a")]
    [InlineData("""[{"name":"WATCH_NAMESPACE","value":"old"},{"name":"WATCH_NAMESPACE","value":"mesh-a"}]""", "namespace mesh-a")]
    [InlineData("""[{"name":"WATCH_NAMESPACE","valueFrom":{"fieldRef":{"fieldPath":"metadata.namespace"}}}]""", "namespace keda-system")]
    [InlineData("""[{"name":"WATCH_LABEL_SELECTOR","value":"!canary"}]""", "all namespaces with labels !canary")]
    public async Task Its_share_stands_in_its_environment(string env, string? share)
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator", env));

        var seen = await SeeAsync();

        Assert.Equal(share, seen.Shards.Values.SingleOrDefault()?.Share?.ToString());
        Assert.Equal(share is null ? "keda-operator" : null, seen.Operator.Deployment);
        Assert.Equal(share is null, seen.Operator.ServesAll);
        Assert.Empty(seen.SharesUntold);
    }

    /// <summary>Before 2.21 nobody looks at WATCH_LABEL_SELECTOR (#7816).</summary>
    [Theory]
    [InlineData("2.20.2", "namespace mesh-a")]
    [InlineData("2.21.0", "namespace mesh-a with labels team=x")]
    [InlineData("main", "namespace mesh-a with labels team=x")]
    public async Task Labels_part_it_only_where_its_release_looks_at_them(string version, string share)
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator", Env("mesh-a", "team=x"), labels: Ours.Replace("}", $",\"app.kubernetes.io/version\":\"{version}\"}}", StringComparison.Ordinal)));

        Assert.Equal(share, Assert.Single((await SeeAsync()).Shards).Value.Share!.ToString());
    }

    [Theory]
    [InlineData("""[{"name":"WATCH_NAMESPACE","valueFrom":{"configMapKeyRef":{"name":"keda","key":"ns"}}}]""", "", "WATCH_NAMESPACE is taken from elsewhere (valueFrom), which is not read")]
    [InlineData("""[{"name":"WATCH_NAMESPACE","value":"$(POD_NAMESPACE)"}]""", "", "WATCH_NAMESPACE is put together from other variables ('$(POD_NAMESPACE)')")]
    [InlineData("[]", ""","envFrom":[{"configMapRef":{"name":"keda"}}]""", "WATCH_NAMESPACE may come from envFrom, which is not read")]
    [InlineData("""[{"name":"WATCH_NAMESPACE","value":"a"},{"name":"WATCH_LABEL_SELECTOR","value":"team in"}]""", "", "WATCH_LABEL_SELECTOR is 'team in', which is no label selector")]
    public async Task What_cant_be_told_is_the_one_that_serves_the_rest_and_is_said(string env, string more, string why)
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator", env, more: more), Operator("keda-operator-b", Env("mesh-b"), lease: "b.keda.sh"));

        var seen = await SeeAsync();

        Assert.Equal(("keda-operator", false), (seen.Operator.Deployment, seen.Operator.ServesAll));
        Assert.Equal("keda-system/keda-operator-b", Assert.Single(seen.Shards).Key);
        Assert.Equal($"what share of the ScaledObjects KEDA's operator keda-system/keda-operator has can't be told ({why}): it is taken for the one that serves what no other's share has", Assert.Single(seen.SharesUntold));
    }

    [Fact]
    public async Task Two_Deployments_that_contend_for_one_lease_are_one_operator_that_lives_while_one_of_them_does()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator-1", Env("mesh-a"), available: 0), Operator("keda-operator-2", Env("mesh-a")));
        _api.OnList(FakeApi.Leases, Lease("operator.keda.sh", "2026-11-21T23:00:00Z"));

        var pair = Assert.Single((await SeeAsync()).Shards).Value;

        Assert.Equal(("keda-system/keda-operator-1", 1, 2), (pair.Name, pair.AvailableReplicas, pair.WantedReplicas));
        Assert.Equal(["keda-system/keda-operator-1", "keda-system/keda-operator-2"], pair.Deployments.AsEnumerable());
    }

    [Fact]
    public async Task Two_with_one_lease_and_different_shares_serve_what_nobody_knows()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator-1", Env("mesh-a")), Operator("keda-operator-2", Env("mesh-b")));

        var seen = await SeeAsync();

        Assert.Empty(seen.Shards);
        Assert.Equal((2, false), (seen.Operator.AvailableReplicas, seen.Operator.ServesAll));
        Assert.StartsWith("keda-system/keda-operator-1, keda-system/keda-operator-2 contend for one lease (keda-system/operator.keda.sh) and have different shares", Assert.Single(seen.SharesUntold), StringComparison.Ordinal);
    }

    /// <summary>KEDA elects nobody unless it is told to: without a word about it both work.</summary>
    [Fact]
    public async Task Two_that_elect_nobody_contend_for_nothing()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator-1", Env("mesh-a"), elect: ""), Operator("keda-operator-2", Env("mesh-b"), elect: "\"--leader-elect=false\""));

        var seen = await SeeAsync();

        Assert.Equal(["keda-system/keda-operator-1", "keda-system/keda-operator-2"], seen.Shards.Keys);
        Assert.Empty(seen.SharesUntold);
    }

    [Fact]
    public async Task Two_of_one_share_that_both_run_are_read_as_one_and_that_is_said()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator", Env(""), ns: "keda-a"), Operator("keda-operator", Env(""), ns: "keda-b"));

        Assert.StartsWith("keda-a/keda-operator, keda-b/keda-operator are read as one operator", Assert.Single((await SeeAsync()).SharesUntold), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lease_that_may_not_be_read_blinds_nobody()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-operator-a", Env("mesh-a"), lease: "a.keda.sh"));
        _api.On("GET", Leases, 403, FakeApi.Status("leases.coordination.k8s.io is forbidden"));

        var shard = Assert.Single((await SeeAsync()).Shards).Value;

        Assert.Equal((null, 1), (shard.Lease, shard.AvailableReplicas));
        Assert.Contains("names lease a.keda.sh, which may not be read", shard.NoLease, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keda-operator-b", """{"app":"keda-operator-b","app.kubernetes.io/name":"keda-operator-b","app.kubernetes.io/part-of":"keda-operator-b","app.kubernetes.io/component":"operator"}""", true)]
    [InlineData("team-scaler", """{"app":"team-scaler","app.kubernetes.io/name":"team-scaler","app.kubernetes.io/part-of":"team-scaler","app.kubernetes.io/component":"operator"}""", true)]
    [InlineData("shard-2", """{"app.kubernetes.io/name":"keda-operator-2","app.kubernetes.io/part-of":"keda-operator"}""", true)]
    [InlineData("keda-operator-b-metrics-apiserver", """{"app.kubernetes.io/name":"keda-operator-metrics-apiserver","app.kubernetes.io/part-of":"keda-operator-b","app.kubernetes.io/component":"operator"}""", false)]
    public async Task One_of_another_name_is_found_by_the_labels_that_the_chart_gives_it(string name, string labels, bool found)
    {
        _api.OnList(FakeApi.Deployments, Operator(name, Env("mesh-a"), labels: labels));

        Assert.Equal(found ? [$"keda-system/{name}"] : [], (await SeeAsync()).Shards.Keys);
    }

    /// <summary>The chart's labels are an operator's of anything: what runs in it tells.</summary>
    [Fact]
    public async Task Somebody_elses_operator_is_none()
    {
        var labels = """{"app.kubernetes.io/name":"team-scaler","app.kubernetes.io/part-of":"team-scaler","app.kubernetes.io/component":"operator"}""";
        _api.OnList(FakeApi.Deployments, Operator("team-scaler", Env("mesh-a"), labels: labels, command: "/manager"));

        Assert.Empty((await SeeAsync()).Shards);
    }

    [Fact]
    public async Task Labels_of_ScaledObjects_are_kept_where_a_share_is_chosen_by_them_and_nowhere_else()
    {
        const string one = """{"metadata":{"name":"app","namespace":"mesh-a","uid":"u","resourceVersion":"1","labels":{"team":"x"}},"spec":{"scaleTargetRef":{"name":"app"},"triggers":[]}}""";
        _api.OnList(FakeApi.ScaledObjects, one);
        _api.OnList(FakeApi.Deployments, Operator("keda-operator", Env("mesh-a")));
        Assert.Empty((await SeeAsync()).Targets.Values.Single().Labels);

        _api.OnList(FakeApi.Deployments, Operator("keda-operator", Env("mesh-a", "team=x")));
        Assert.Equal("x", (await SeeAsync()).Targets.Values.Single().Labels["team"]);
    }

    private static string Env(string namespaces, string selector = "") =>
        $$"""[{"name":"POD_NAME","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"} } },{"name":"WATCH_NAMESPACE","value":"{{namespaces}}"},{"name":"WATCH_LABEL_SELECTOR","value":"{{selector}}"}]""";

    private static string Operator(string name, string env, string ns = "keda-system", string? lease = null, int available = 1, string more = "", string? labels = null, string command = "/keda", string elect = "\"--leader-elect\"") => $$"""
        {"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"o-{{ns}}-{{name}}","labels":{{labels ?? Ours}} },
         "spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"{{name}}","command":["{{command}}"],"args":[{{elect}}{{(lease is null ? "" : $",\"--leader-election-id={lease}\"")}}],"env":{{env}}{{more}} }] } } },
         "status":{"availableReplicas":{{available}}} }
        """;

    private static string Lease(string name, string renewed, string ns = "keda-system") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"l-{{ns}}-{{name}}"},"spec":{"holderIdentity":"holder of {{name}}","renewTime":"{{renewed}}"} }""";

    private async Task<Observation> SeeAsync(ClusterSettings? settings = null)
    {
        var result = await _api.Client(settings: settings).ObserveAsync(CancellationToken.None);
        Assert.Equal("", result.Problem);
        return result.Observation!;
    }
}
