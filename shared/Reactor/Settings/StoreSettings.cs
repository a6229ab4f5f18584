using System.Net;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Redis;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Where the state is kept: in a file of its own, or in Redis for several instances.</summary>
/// <param name="Path">The SQLite file, used when there is no Redis.</param>
/// <param name="Redis">Null: SQLite.</param>
/// <param name="Limits">What holds for both.</param>
public sealed record StoreSettings(string Path, RedisSettings? Redis, StateLimits Limits)
{
    /// <summary>A month: less and the numbers of the week before are gone before anybody compares with them.</summary>
    private const int LeastDays = 30;

    private const int MostDays = 36_500;

    private const string EndpointsName = "State:Redis:Endpoints";

    internal static StoreSettings Read(SettingsReader read, Exposure exposure, SecretSet secrets)
    {
        var limits = new StateLimits
        {
            Durability = read.Word("State:Durability", Durability.Standard),
            AuditRetention = TimeSpan.FromDays(read.Number("State:AuditRetention", LeastDays, MostDays, otherwise: 400)),
        };
        var (path, redis) = (read.Text("State:Path"), RedisOf(read, limits, secrets));
        if (redis is not null && path is not null)
            read.Fault("State:Path", $"\"{path}\", and {EndpointsName} too", "only one of the two: a file for one instance, or Redis");
        if (redis is null && exposure.OnAzure)
            read.Fault("State:Path", "SQLite on Azure, where the disk goes with each instance and no other instance sees it", $"{EndpointsName}");
        return new StoreSettings(path ?? "reactor.db", redis, limits);
    }

    private static RedisSettings? RedisOf(SettingsReader read, StateLimits limits, SecretSet secrets)
    {
        var endpoints = read.List(EndpointsName);
        var (user, password) = (read.Text("State:Redis:User"), secrets[SecretRule.RedisPassword]);
        var (ca, tls) = (read.ExistingFile("State:Redis:CaFile"), read.Text("State:Redis:Tls") is not null ? read.Flag("State:Redis:Tls") : (bool?)null);
        var replicas = read.Number("State:Redis:Replicas", 0, 10, otherwise: 0);
        if (endpoints.IsEmpty)
        {
            if (user is not null || password is not null || ca is not null || tls is not null || replicas > 0)
                read.Fault(EndpointsName, "nothing, and other settings of Redis", "host:port, or no setting of Redis at all");
            return null;
        }

        foreach (var endpoint in endpoints.Where(e => RedisEndpoint.TryParse(e) is null))
            read.Fault(EndpointsName, $"\"{endpoint}\"", "host or host:port, comma separated");
        var encrypted = tls ?? !endpoints.All(IsLoopback);
        if (ca is not null && !encrypted)
            read.Fault("State:Redis:CaFile", "a file, without TLS", "State:Redis:Tls = true, or no such file");
        return new RedisSettings { Endpoints = endpoints, Tls = encrypted, CaFile = ca, User = user, Password = password, Replicas = replicas, Limits = limits };
    }

    private static bool IsLoopback(string endpoint)
    {
        var host = RedisEndpoint.TryParse(endpoint)?.Host;
        return host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
