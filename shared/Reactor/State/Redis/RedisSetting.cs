namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>Settings that can't work, told before anything is connected.</summary>
internal static class RedisSetting
{
    /// <exception cref="ArgumentException">With the setting and what is expected.</exception>
    public static void Check(RedisSettings settings)
    {
        if (settings.Endpoints.IsDefaultOrEmpty)
            throw new ArgumentException("No Redis endpoint is set: at least one \"host:port\" is expected.", nameof(settings));
        if (settings.Timeout <= TimeSpan.Zero || settings.ReplicaTimeout <= TimeSpan.Zero)
            throw new ArgumentException("Timeout and ReplicaTimeout of Redis must be above zero.", nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Replicas, nameof(settings));
    }
}
