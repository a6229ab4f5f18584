using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

namespace Sophia.Keda.Reactor.Integration.Tests.AnyHost;

/// <summary>Needs a host that is already running (REACTOR_TEST_HOST), or redis-server to start one with.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnyHostFactAttribute : FactAttribute
{
    public AnyHostFactAttribute() => Skip = RunningElsewhere.FromEnvironment() is null ? Programs.Missing(RedisServer.Program) : null;
}
