using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>Whoever reads "429" at night must know whose limit it was.</summary>
public sealed class ThrottlingTests
{
    private const string Path = Make.HpaPath + "/keda-hpa-work";
    private readonly FakeApi _api = new();

    [Theory]
    [InlineData(true, "Too many requests, please try again later.", "turned away by the API server's priority and fairness: no room in the priority level of this account's requests (FlowSchema with uid the-uid)")]
    [InlineData(true, """{"kind":"Status","message":"the quota webhook is busy"}""", "the quota webhook is busy (not by priority and fairness: by what is behind it, an admission webhook, an extension or the storage)")]
    [InlineData(false, "slow down", "slow down (not by priority and fairness: by what stands before the API server, or its limit of requests in flight)")]
    [InlineData(false, """{"kind":"Status","message":"too many requests"}""", "too many requests (not by priority and fairness: by what stands before the API server, or its limit of requests in flight)")]
    public async Task A_429_says_whether_priority_and_fairness_refused_it(bool marked, string body, string said)
    {
        _api.On("DELETE", Path, (_, _) =>
        {
            var answer = FakeApi.Answer(429, body);
            answer.Headers.Add("Retry-After", "60");
            if (marked)
                answer.Headers.Add("X-Kubernetes-PF-FlowSchema-UID", "the-uid");
            return Task.FromResult(answer);
        });

        var outcome = Assert.Single(await _api.Client().ActAsync([Make.Chain(Make.Delete())], _ => true, CancellationToken.None));

        Assert.Equal((Outcome.Failed, said), (outcome.Outcome, outcome.Detail));
    }
}
