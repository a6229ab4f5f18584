using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>A lease that the running operator's own arguments do not name does not count.</summary>
public sealed class OperatorArgumentsTests
{
    private const string Ours = """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/name":"keda-operator"}""";
    private readonly FakeApi _api = new();

    [Theory]
    [InlineData("", true, "operator.keda.sh")]
    [InlineData("--leader-elect|--zap-log-level=info", true, "operator.keda.sh")]
    [InlineData("--leader-elect|--leader-election-id=team-keda", true, "team-keda")]
    [InlineData("--leader-election-id|team-keda|--leader-elect", true, "team-keda")]
    [InlineData("--leader-election-id=one|--leader-election-id=two", true, "two")]
    [InlineData("--leader-election-id=|--leader-elect", true, "operator.keda.sh")]
    [InlineData("--leader-elect=false", false, "operator.keda.sh")]
    [InlineData("--leader-elect=0|--leader-election-id=team-keda", false, "team-keda")]
    [InlineData("--leader-elect=false|--leader-elect", true, "operator.keda.sh")]
    [InlineData("--leader-elect|false", true, "operator.keda.sh")] // pflag: a boolean takes no next word
    [InlineData("/bin/sh|-c|exec /keda --leader-elect --leader-election-id='team-keda'", true, "team-keda")]
    [InlineData("--leader-election-id", true, "operator.keda.sh")]
    public void Its_words_say_whether_it_elects_and_by_which_lease(string words, bool elects, string name)
    {
        var read = OperatorArguments.Of(words.Split('|'));
        Assert.Equal((elects, name), (read.Elects, read.LeaseName));
    }

    [Theory]
    [InlineData("command")]
    [InlineData("args")]
    public async Task The_lease_that_it_names_counts_and_the_one_of_before_does_not(string place)
    {
        _api.OnList(FakeApi.Deployments, Operator($$"""[{"name":"keda-operator","{{place}}":["--leader-elect","--leader-election-id","team-keda"]}]"""));
        _api.OnList(FakeApi.Leases, Lease("operator.keda.sh", "2026-11-21T23:59:00Z"), Lease("team-keda", "2026-11-21T23:00:00Z"));

        var found = await OperatorAsync();

        Assert.Equal(("keda-system/team-keda", "holder of team-keda"), (found.Lease, found.LeaseHolder));
        Assert.Contains(_api.Requests, r => r.PathAndQuery.Contains("fieldSelector=metadata.name%3Dteam-keda"));
    }

    [Fact]
    public async Task A_lease_beside_an_operator_that_does_not_elect_does_not_count()
    {
        _api.OnList(FakeApi.Deployments, Operator("""[{"name":"keda-operator","args":["--leader-elect=false"]}]"""));
        _api.OnList(FakeApi.Leases, Lease("operator.keda.sh", "2026-11-21T23:00:00Z"));

        var found = await OperatorAsync();

        Assert.Equal((null, null), (found.Lease, found.LeaseRenewTime));
        Assert.Equal("keda-system/keda-operator runs with --leader-elect=false; a lease is there, and its arguments do not name it", found.NoLease);
    }

    [Fact]
    public async Task Only_the_operators_own_container_is_read()
    {
        _api.OnList(FakeApi.Deployments, Operator("""[{"name":"helper","args":["--leader-election-id=helper"]},{"name":"keda-operator","args":["--leader-elect"]}]"""));
        _api.OnList(FakeApi.Leases, Lease("operator.keda.sh", "2026-11-21T23:00:00Z"));

        Assert.Equal("keda-system/operator.keda.sh", (await OperatorAsync()).Lease);
    }

    [Fact]
    public async Task Of_two_operators_the_one_that_is_to_run_counts_and_then_the_one_whose_lease_was_renewed_last()
    {
        var containers = """[{"name":"keda-operator","args":["--leader-elect"]}]""";
        _api.OnList(FakeApi.Deployments, Operator(containers, "a-old", replicas: 0), Operator(containers, "b-older"), Operator(containers));
        _api.OnList(FakeApi.Leases, Lease("operator.keda.sh", "2026-11-21T23:59:00Z", "a-old"), Lease("operator.keda.sh", "2026-11-21T22:00:00Z", "b-older"), Lease("operator.keda.sh", "2026-11-21T23:00:00Z"));

        Assert.Equal("keda-system/operator.keda.sh", (await OperatorAsync()).Lease);
    }

    private static string Operator(string containers, string ns = "keda-system", int replicas = 1) => $$"""
        {"metadata":{"name":"keda-operator","namespace":"{{ns}}","uid":"o-{{ns}}","labels":{{Ours}}},
         "spec":{"replicas":{{replicas}},"template":{"spec":{"containers":{{containers}} } } },"status":{"availableReplicas":{{replicas}}} }
        """;

    private static string Lease(string name, string renewed, string ns = "keda-system") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"l-{{ns}}-{{name}}"},"spec":{"holderIdentity":"holder of {{name}}","renewTime":"{{renewed}}"} }""";

    private async Task<OperatorView> OperatorAsync()
    {
        var result = await _api.Client().ObserveAsync(CancellationToken.None);
        Assert.Equal("", result.Problem);
        return result.Observation!.Operator;
    }
}
