using System.Net;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>Where the standalone host listens. Loopback unless it was told otherwise; TLS is for the ingress before it.</summary>
/// <param name="Urls">The addresses.</param>
/// <param name="Fault">Why there are none.</param>
internal sealed record Listening(IReadOnlyList<string> Urls, SettingsFault? Fault = null)
{
    private const int DefaultPort = 7071;

    public Exposure Exposure => Urls.FirstOrDefault(url => !IsLoopback(url)) is { } open
        ? new Exposure(false, $"it listens on {open}")
        : new Exposure(true, "it listens on loopback");

    public static Listening Of(int? chosen, IConfiguration configuration)
    {
        if (chosen is { } port) return new Listening([Loopback(port)]);
        var (portText, urls) = (configuration[HostConfiguration.PortKey], configuration["Urls"]);
        if (portText is { Length: > 0 } && urls is { Length: > 0 })
            return Faulty("--port", $"\"{portText}\", and Urls \"{urls}\" too", "only one of the two");
        if (urls is { Length: > 0 }) return Of(urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        if (portText is not { Length: > 0 }) return new Listening([Loopback(DefaultPort)]);
        return ushort.TryParse(portText, out var number)
            ? new Listening([Loopback(number)])
            : Faulty("--port", $"\"{portText}\"", "a number from 0 to 65535");
    }

    private static Listening Of(string[] urls) => Array.Find(urls, url => !IsUsable(url)) is { } bad
        ? Faulty("Urls", $"\"{bad}\"", "http addresses like http://127.0.0.1:7071, parted by semicolons")
        : new Listening(urls);

    private static string Loopback(int port) => $"http://127.0.0.1:{port}";

    private static bool IsUsable(string url) =>
        Uri.TryCreate(Plain(url), UriKind.Absolute, out var parsed) && parsed is { Scheme: "http", AbsolutePath: "/" };

    private static bool IsLoopback(string url)
    {
        var host = new Uri(Plain(url)).Host.Trim('[', ']');
        return host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }

    /// <summary>Kestrel's wildcards are no host names to Uri.</summary>
    private static string Plain(string url) => url.Replace("://*", "://0.0.0.0").Replace("://+", "://0.0.0.0");

    private static Listening Faulty(string name, string found, string expected) => new([], new SettingsFault(name, found, expected));
}
