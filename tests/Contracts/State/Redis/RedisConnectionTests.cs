using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Redis;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>The way there: passwords, certificates, replicas.</summary>
public sealed class RedisConnectionTests : RedisRig
{
    private const string Password = "open sesame";

    private static async Task<string> RefusedAsync(RedisStore store) => (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.OpenAsync(None))).ToString();

    [FactWithProgram(RedisServer.Program)]
    public async Task A_password_is_used_and_never_shown()
    {
        var server = Server("--requirepass", Password);

        await Store(server, with: to => to with { Password = new Secret(Password) }).OpenAsync(None);
        Assert.Contains("asks for a password, and none is set", await RefusedAsync(Store(server)));
        var wrong = await RefusedAsync(Store(server, with: to => to with { Password = new Secret("let me in") }));
        Assert.Contains("refuses the password", wrong);
        Assert.DoesNotContain("let me in", wrong);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_password_that_was_changed_is_told_when_the_connection_is_made_anew()
    {
        var server = Server();
        var store = Store(server);
        await store.OpenAsync(None);

        server.Do("CONFIG", "SET", "requirepass", Password);
        server.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

        // The first call may meet the connection just as it breaks.
        string told;
        do told = (await Assert.ThrowsAsync<StoreUnavailableException>(() => store.LoadAsync(None))).Message;
        while (told.Contains("broke off"));
        Assert.Contains("password", told);
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_user_who_may_do_too_little_is_told_so_at_the_start_and_not_by_half_a_commit()
    {
        var server = Server();
        server.Do("ACL", "SETUSER", "default", "-config");
        var store = Store(server);
        Assert.Contains("forbids CONFIG GET", Assert.Single((await store.OpenAsync(None)).Weaknesses).Words);

        foreach (var command in new[] { "hset", "hdel", "zadd", "zrem", "hvals", "zscore", "zrevrangebylex" })
        {
            server.Do("ACL", "SETUSER", "default", "-" + command);
            Assert.Contains("the user may not use all commands and keys", await RefusedAsync(store));
            server.Do("ACL", "SETUSER", "default", "+" + command);
        }

        server.Do("ACL", "SETUSER", "default", "resetkeys", "~other:*");
        Assert.Contains("the user may not use all commands and keys", await RefusedAsync(store));
        server.Do("ACL", "SETUSER", "default", "resetkeys", "~{sophia-keda-reactor:prod}:*");
        Assert.True(await store.SaveAsync(await FullAsync(store, "allowed"), None));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task A_user_of_its_own_needs_no_more_than_its_keys_and_these_commands()
    {
        var server = Server();
        server.Do([
            "ACL", "SETUSER", "reactor", "on", $">{Password}", "~{sophia-keda-reactor:prod}:*",
            "+eval", "+evalsha", "+script|load", "+wait", "+ping", "+echo", "+client", "+info", "+time", "+type", "+exists",
            "+hget", "+hset", "+hmget", "+hdel", "+hexists", "+hvals", "+hkeys", "+zadd", "+zrem", "+zcard", "+zscore", "+zrange", "+zrangebyscore", "+zrangebylex", "+zrevrangebylex", "+zrevrangebyscore",
        ]);
        RedisStore As(string user, string password) => Store(server, with: to => to with { User = user, Password = new Secret(password) });

        var store = As("reactor", Password);
        await store.OpenAsync(None);
        Assert.True(await store.SaveAsync(await FullAsync(store, "mine"), None));
        Assert.StartsWith("1 mine |", await HeldAsync(store));
        Assert.Contains("refuses the password of the user reactor", await RefusedAsync(As("reactor", "wrong")));
        Assert.Contains("refuses the password of the user nobody", await RefusedAsync(As("nobody", Password)));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task Tls_is_spoken_with_a_server_of_the_authority_that_is_named_and_with_no_other()
    {
        using var folder = new TemporaryFolder();
        Certificates(folder.Path, "good", "127.0.0.1");
        Certificates(folder.Path, "other", "127.0.0.1");
        Certificates(folder.Path, "elsewhere", "192.0.2.1");
        RedisServer Tls(string name)
        {
            var port = RedisServer.FreePort();
            var server = Server("--tls-port", $"{port}", "--tls-cert-file", $"{folder.Path}/{name}.crt", "--tls-key-file", $"{folder.Path}/{name}.key", "--tls-ca-cert-file", $"{folder.Path}/{name}-ca.crt", "--tls-auth-clients", "no");
            tlsPorts[server] = port;
            return server;
        }

        RedisStore Over(RedisServer server, string? ca) => Store(server, with: to => to with
        {
            Endpoints = [$"127.0.0.1:{tlsPorts[server]}"], Tls = true, CaFile = ca is null ? null : $"{folder.Path}/{ca}-ca.crt",
        });
        var good = Tls("good");

        var store = Over(good, "good");
        Assert.True(await store.SaveAsync(await FullAsync(store, "sealed"), None));
        Assert.Equal(1, (await store.LoadAsync(None)).Revision);
        Assert.Contains("certificate is not trusted by", await RefusedAsync(Over(good, "other")));
        Assert.Contains("not trusted by this machine", await RefusedAsync(Over(good, null)));
        Assert.Contains("can't be read", await RefusedAsync(Over(good, "missing")));
        Assert.Contains("is of another host", await RefusedAsync(Over(Tls("elsewhere"), "elsewhere")));
        var plain = await RefusedAsync(Store(good, with: to => to with { Tls = true, CaFile = $"{folder.Path}/good-ca.crt", Timeout = TimeSpan.FromSeconds(2) }));
        Assert.True(plain.Contains("TLS"), plain);
    }

    private readonly Dictionary<RedisServer, int> tlsPorts = [];

    [FactWithProgram(RedisServer.Program)]
    public async Task A_write_counts_when_enough_replicas_have_it_and_not_before()
    {
        var primary = Server("--repl-diskless-sync-delay", "0");
        var replica = Server("--replicaof", "127.0.0.1", $"{primary.Port}");
        await UntilAsync(() => Info(primary, "connected_slaves") == "1" && Info(replica, "master_link_status") == "up");
        var store = Store(primary, with: to => to with { Replicas = 1, ReplicaTimeout = TimeSpan.FromMilliseconds(1_000) });

        var lease = (await store.AcquireLeaseAsync(LeaseName.Runner, "me", TimeSpan.FromSeconds(30), None)).Lease!;
        Assert.True(await store.SaveAsync(await FullAsync(store, "first", lease), None));
        // No waiting: it was acknowledged.
        Assert.Equal("1", replica.Do("HGET", "{sophia-keda-reactor:prod}:panel", "revision"));
        Assert.Contains("1 replica), AOF always, noeviction, each write on 1 replica", (await store.OpenAsync(None)).Words);

        replica.Kill();
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync([Order("a")], None));
        Assert.Contains("only 0 of the 1 replicas", refused.Message);
        Assert.Contains("trying again does no harm", refused.Message);
        Assert.Contains("every write is refused", Assert.Single((await store.OpenAsync(None)).Weaknesses).Words);
        Assert.Equal(1, (await store.LoadAsync(None)).Revision);

        replica.Start();
        await UntilAsync(() => Info(primary, "connected_slaves") == "1" && Info(replica, "master_link_status") == "up");
        // A replica that has just come back may take its time on a slow machine.
        var patient = Store(primary, with: to => to with { Replicas = 1, ReplicaTimeout = TimeSpan.FromSeconds(20), Timeout = TimeSpan.FromSeconds(30) });
        Assert.True(await patient.AppendAsync([Order("a")], None));
        Assert.Equal(["a"], (await store.PendingAsync(10, None)).Select(entry => entry.Signal.Key));
    }

    [FactWithProgram(RedisServer.Program)]
    public async Task Of_several_endpoints_the_primary_is_found_also_after_a_failover()
    {
        var primary = Server("--repl-diskless-sync-delay", "0");
        var replica = Server("--replicaof", "127.0.0.1", $"{primary.Port}");
        await UntilAsync(() => Info(replica, "master_link_status") == "up");
        Assert.Contains($"is a replica (of 127.0.0.1:{primary.Port})", await RefusedAsync(Store(replica)));
        var store = Store(replica, with: to => to with { Endpoints = [replica.Endpoint, primary.Endpoint] });
        Assert.True(await store.SaveAsync(await FullAsync(store, "first"), None));
        await UntilAsync(() => (string?)replica.Do("HGET", "{sophia-keda-reactor:prod}:panel", "revision") == "1");
        var chain = (await store.LoadAsync(None)).Chain;

        // The old primary still runs, its connection still stands, and it still answers what it knew: it may not be asked any more.
        replica.Do("REPLICAOF", "NO", "ONE");
        primary.Do("REPLICAOF", "127.0.0.1", "1");
        var other = Store(replica);
        Assert.True(await other.SaveAsync(await FullAsync(other, "second"), None));

        var stored = await store.LoadAsync(None);
        Assert.Equal((2, chain), (stored.Revision, stored.Chain));
        Assert.True(await store.SaveAsync(await FullAsync(store, "third"), None));
        Assert.Equal("3", replica.Do("HGET", "{sophia-keda-reactor:prod}:panel", "revision"));
        Assert.Equal("1", primary.Do("HGET", "{sophia-keda-reactor:prod}:panel", "revision"));
    }

    [Theory]
    [InlineData("redis.example", "redis.example:6379")]
    [InlineData("redis.example:7000", "redis.example:7000")]
    [InlineData("[::1]", "[::1]:6379")]
    [InlineData("[2001:db8::1]:7000", "[2001:db8::1]:7000")]
    [InlineData("2001:db8::1:7000", "[2001:db8::1]:7000")]
    public void An_endpoint_is_a_host_and_a_port(string text, string read) => Assert.Equal(read, RedisEndpoint.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData(":6379")]
    [InlineData("redis:port")]
    [InlineData("redis:0")]
    [InlineData("redis:70000")]
    public void What_is_no_endpoint_is_refused_at_once(string text) =>
        Assert.Contains("host:port", Assert.Throws<ArgumentException>(() => new RedisStore("prod", new RedisSettings { Endpoints = [text] }, Time)).Message);

    [Fact]
    public void Settings_that_can_not_work_are_refused_at_once()
    {
        var good = new RedisSettings { Endpoints = ["redis:6379"] };
        Assert.Contains("endpoint", Assert.Throws<ArgumentException>(() => new RedisStore("prod", good with { Endpoints = [] }, Time)).Message);
        Assert.Throws<ArgumentException>(() => new RedisStore("prod", good with { Timeout = TimeSpan.Zero }, Time));
        Assert.ThrowsAny<ArgumentException>(() => new RedisStore("prod", good with { Replicas = -1 }, Time));
    }

    internal static string? Info(RedisServer server, string name) => ((string)server.Do("INFO", "replication")!).Split('\n')
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim();

    internal static async Task UntilAsync(Func<bool> done)
    {
        for (var left = 1_000; !done(); left--)
        {
            Assert.True(left > 0, "It took too long.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private static void Certificates(string folder, string name, string address)
    {
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new CertificateRequest($"CN={name} authority", caKey, HashAlgorithmName.SHA256);
        ca.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authority = ca.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, to, [1, 2, 3, 4]);
        File.WriteAllText($"{folder}/{name}-ca.crt", authority.ExportCertificatePem());
        File.WriteAllText($"{folder}/{name}.crt", certificate.ExportCertificatePem());
        File.WriteAllText($"{folder}/{name}.key", key.ExportECPrivateKeyPem());
    }
}
