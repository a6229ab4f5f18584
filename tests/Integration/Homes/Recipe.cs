using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>README's "Point it at a real cluster", played against the sandbox with the account and the rights that are shipped.</summary>
internal sealed partial class Recipe : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _http;
    private readonly StandaloneHost _host;

    private Recipe(GuardedCluster rig, StandaloneHost host, DirectoryInfo folder)
    {
        (_host, _folder) = (host, folder);
        _http = new HttpClient(new InRealTimeWhileSending(rig.Clock, new SocketsHttpHandler())) { BaseAddress = host.Address };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Client.KeyOf("viewer"));
        Client = new Client(host.Address, rig.Clock);
    }

    /// <summary>Its exported settings as they stand there, names as the environment has them.</summary>
    public static IReadOnlyDictionary<string, string> Written { get; } = Exported()
        .Matches(SectionText().Match(Shipped.Text("README.md")).Value)
        .SelectMany(line => Assignment().Matches(line.Value))
        .ToDictionary(pair => pair.Groups["name"].Value, pair => pair.Groups["value"].Value);

    public Client Client { get; }

    /// <param name="rig">The cluster, the receivers and the clock; its own reactor is not started.</param>
    /// <param name="without">Settings of the recipe that somebody leaves out.</param>
    public static async Task<Recipe> StartAsync(GuardedCluster rig, params string[] without)
    {
        var folder = Directory.CreateTempSubdirectory("reactor-recipe-");
        using var admin = new HttpClient { BaseAddress = rig.Kubernetes.Address };
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "token"), await ShippedAccess.ApplyAsync(ShippedAccess.Over(admin)));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "ca.crt"), SomeAuthority());
        var settings = Written.Where(setting => !without.Contains(setting.Key))
            .ToDictionary(setting => setting.Key.Replace("__", ":"), string? (setting) => Played(setting.Key, setting.Value, rig, folder.FullName));
        // Of the rig alone: another address of PagerDuty, and a state that goes with it.
        settings["Pages:PagerDuty:Url"] = rig.Receivers.PagerDutyUrl.AbsoluteUri;
        settings["State:Path"] = Path.Combine(folder.FullName, "reactor.db");
        var host = StandaloneHost.Build(new StandaloneOptions
        {
            Port = 0,
            Time = rig.Clock,
            Settings = settings,
            Logging = _ => { },
            Configure = services => services.AddSingleton<WrapNetwork>(network => new InRealTimeWhileSending(rig.Clock, network)),
        });
        await host.StartAsync();
        return new Recipe(rig, host, folder);
    }

    public Task<string> MetricsAsync() => _http.GetStringAsync("api/metrics");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _http.Dispose();
        await _host.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>What a person puts in the place of an example; what is no example stays as it stands.</summary>
    private static string Played(string name, string value, GuardedCluster rig, string folder) => name switch
    {
        "Cluster__Name" => GuardedCluster.Name,
        "Kubernetes__Server" => rig.Kubernetes.Address.AbsoluteUri,
        "Kubernetes__TokenFile" => Path.Combine(folder, "token"),
        "Kubernetes__CaFile" => Path.Combine(folder, "ca.crt"),
        "Keys__Operator" => Client.KeyOf("operator"),
        "Keys__Viewer" => Client.KeyOf("viewer"),
        "Keys__Sender" => Client.KeyOf("sender"),
        "Memory__Key" => RandomNumberGenerator.GetHexString(64, lowercase: true),
        "Pages__Slack__WebhookUrl" => rig.Receivers.SlackUrl.AbsoluteUri,
        "Pages__PagerDuty__RoutingKey" => RandomNumberGenerator.GetHexString(32, lowercase: true),
        "Policy__File" => Shipped.PathOf(value),
        _ => value,
    };

    private static string SomeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=cluster", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return made.ExportCertificatePem();
    }

    [GeneratedRegex(@"^## Point it at a real cluster$.*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex SectionText();

    [GeneratedRegex("^    export .*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Exported();

    [GeneratedRegex(@"(?<=^    export .*)\b(?<name>\w+__\w+)=(?<value>\$\([^)]*\)|\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Assignment();
}
