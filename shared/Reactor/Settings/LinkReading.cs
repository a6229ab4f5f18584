using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Links: what pages link to. Without a public address pages have no links to this reactor.</summary>
internal static class LinkReading
{
    private const string BaseName = "Links:BaseUrl";
    private const string RunbookName = "Links:Runbook";
    private const string HostsName = "Links:AllowedHosts";

    /// <summary>All links of a page must fit into one message.</summary>
    private const int Longest = 200;

    public static LinkSettings Read(SettingsReader read)
    {
        var (here, runbook, hosts) = (read.Url(BaseName), read.Url(RunbookName), read.List(HostsName));
        if (here is { Query.Length: > 0 } or { Fragment.Length: > 0 } or { UserInfo.Length: > 0 })
            read.Fault(BaseName, "a URL with a query, a fragment or a user", "the reactor's public address, such as https://reactor.example.org, without a key");
        if (runbook is { UserInfo.Length: > 0 })
            read.Fault(RunbookName, "a URL with a user", "an address that may stand in every page");
        foreach (var (name, url) in new[] { (BaseName, here), (RunbookName, runbook) }.Where(one => one.Item2?.AbsoluteUri.Length > Longest))
            read.Fault(name, $"{url!.AbsoluteUri.Length} characters", $"at most {Longest}");
        foreach (var host in hosts.Where(host => Uri.CheckHostName(host) == UriHostNameType.Unknown))
            read.Fault(HostsName, $"\"{Wire.Text.Clean(host, 100)}\"", "names of hosts, comma separated, without https:// or a path");
        return new LinkSettings { BaseUrl = here, Runbook = runbook, AllowedHosts = [.. hosts.Select(host => host.ToLowerInvariant())] };
    }
}
