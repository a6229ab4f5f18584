using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>API Priority and Fairness, as far as it decides whose requests a storm of others holds up.</summary>
public sealed class FairnessFacts
{
    private const string Deployments = $"/apis/apps/v1/namespaces/{World.Ns}/deployments";
    private readonly World _world = new();

    [Fact]
    public void A_ServiceAccount_is_served_in_workload_low_and_is_turned_away_when_others_have_filled_it()
    {
        var token = Token("anybody");
        Assert.Equal(403, Ask(token).Status);
        _world.Cluster.Faults.SetStorm("workload-low");

        var answer = Ask(token);

        Assert.Equal((429, "text/plain; charset=utf-8", "Too many requests, please try again later.\n"), (answer.Status, answer.ContentType, System.Text.Encoding.UTF8.GetString(answer.Body.Span)));
        Assert.Equal("1", Header(answer, "Retry-After"));
        Assert.Equal(Uid("flowschemas", "service-accounts"), Header(answer, "X-Kubernetes-PF-FlowSchema-UID"));
        Assert.Equal(Uid("prioritylevelconfigurations", "workload-low"), Header(answer, "X-Kubernetes-PF-PriorityLevel-UID"));
        Assert.Equal(200, _world.Call("GET", Deployments).Status);
        Assert.Equal(200, Ask("").Status);
    }

    [Fact]
    public void A_FlowSchema_moves_an_account_to_another_level_and_a_level_that_is_not_there_moves_nobody()
    {
        var token = Token("anybody");
        _world.Cluster.Faults.SetStorm("workload-low");
        Schema("nowhere", 5);
        Assert.Equal(429, Ask(token).Status);

        Schema("workload-high", 6);

        Assert.Equal(403, Ask(token).Status);
        Assert.Equal(Uid("flowschemas", "for-workload-high"), Header(Ask(token), "X-Kubernetes-PF-FlowSchema-UID"));
    }

    /// <summary>A served answer has the marks too: they alone don't say who refused.</summary>
    [Fact]
    public void Every_answer_is_marked_and_one_from_before_the_server_is_not()
    {
        var served = _world.Call("GET", Deployments);
        _world.Cluster.Faults.Add(ApiFault.Error(429, times: 1));
        var before = _world.Call("GET", Deployments);

        Assert.Equal(Uid("flowschemas", "exempt"), Header(served, "X-Kubernetes-PF-FlowSchema-UID"));
        Assert.Equal((429, null), (before.Status, Header(before, "X-Kubernetes-PF-FlowSchema-UID")));
    }

    [Fact]
    public void Only_a_level_that_can_be_full_is_filled() =>
        Assert.Contains("workload-low", Assert.Throws<ArgumentException>(() => _world.Cluster.Faults.SetStorm("exempt")).Message, StringComparison.Ordinal);

    private void Schema(string level, int precedence) => Assert.Equal(201, _world.Call("POST", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", $$"""
        {"metadata":{"name":"for-{{level}}"},"spec":{"priorityLevelConfiguration":{"name":"{{level}}"},"matchingPrecedence":{{precedence}},"rules":[{"subjects":[{"kind":"ServiceAccount","serviceAccount":{"namespace":"{{World.Ns}}","name":"anybody"} }],
         "resourceRules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"namespaces":["*"]}]}]} }
        """).Status);

    private string Token(string name)
    {
        _world.Call("POST", $"/api/v1/namespaces/{World.Ns}/serviceaccounts", $$"""{"metadata":{"name":"{{name}}"} }""");
        return _world.Call("POST", $"/api/v1/namespaces/{World.Ns}/serviceaccounts/{name}/token", "{}").Document().Object("status").Text("token")!;
    }

    private ApiResponse Ask(string token) => _world.Api.Handle(ApiRequest.From("GET", Deployments) with { Token = token });

    private string Uid(string plural, string name) => _world.Get($"/apis/flowcontrol.apiserver.k8s.io/v1/{plural}/{name}").Object("metadata").Text("uid")!;

    private static string? Header(ApiResponse answer, string name) => answer.Headers.Where(h => h.Key == name).Select(h => h.Value).SingleOrDefault();
}
