using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>What preflight asks "may I?" about, against the shipped roles.</summary>
public sealed class PermissionTableTests
{
    [Fact]
    public void Preflight_asks_for_each_right_that_the_shipped_roles_grant_and_for_no_other()
    {
        var guarded = Manifests.Settings["Kubernetes__Namespaces"].Split(',');
        var granted = Right.Of(Manifests.Applied, "sophia-keda-reactor", "keda-reactor").Select(right => $"{right} in {right.Namespace ?? "(everywhere)"}");
        var asked = Permissions.In([.. guarded], ["keda-system"]).Append(Permissions.Review)
            .Select(p => $"{new Right(p.Verb, p.Group, p.Resource, p.Name, null)} in {(p.IsWrite || p.Resource == Permissions.Leases.Resource && p.Name is null ? p.Namespace : "(everywhere)")}");

        Assert.Equal(granted.Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }
}
