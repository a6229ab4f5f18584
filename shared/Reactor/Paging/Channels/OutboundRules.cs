using System.Net;
using System.Net.Sockets;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>Where pages may be sent to, the same for every channel: addresses from settings alone, encrypted, and never to what only this machine's surroundings answer.</summary>
internal static class OutboundRules
{
    /// <summary>What clouds answer machines of theirs with (keys, tokens) beside the link-local range: AWS by IPv6, Alibaba, Azure's platform.</summary>
    private static readonly HashSet<IPAddress> Metadata = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("168.63.129.16")];

    /// <summary>Plain http would show secrets to the network; it is for stand-ins on this machine only.</summary>
    public static bool Allows(Uri url) =>
        url.IsAbsoluteUri
        && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && !(IPAddress.TryParse(url.DnsSafeHost, out var address) && IsForbidden(address));

    public static Uri Require(Uri url, string setting) => Allows(url)
        ? url
        : throw new ArgumentException($"{setting} must be an https address (http only to this machine), and none of a link-local or metadata service.", setting);

    /// <summary>Link-local, metadata, multicast, or no address at all; also when it is an IPv4 address in the clothes of IPv6.</summary>
    public static bool IsForbidden(IPAddress address)
    {
        var plain = Plain(address);
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? IsForbidden(plain.GetAddressBytes()) || Metadata.Contains(plain)
            : plain.IsIPv6LinkLocal || plain.IsIPv6Multicast || plain.Equals(IPAddress.IPv6Any) || Metadata.Contains(plain);
    }

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>169.254/16 is link-local with its metadata services, 0/8 is "this host", from 224 on is multicast and reserved.</summary>
    private static bool IsForbidden(byte[] v4) => v4 is [169, 254, ..] or [0, ..] or [>= 224, ..];

    /// <summary>::ffff:a.b.c.d, and 64:ff9b::a.b.c.d which a NAT64 gateway turns into a.b.c.d (RFC 6052).</summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        ReadOnlySpan<byte> nat64 = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0];
        var bytes = address.GetAddressBytes().AsSpan();
        // A scope (fe80::1%eth0) would keep it from being equal to a known one.
        return bytes[..12].SequenceEqual(nat64) ? new IPAddress(bytes[12..]) : new IPAddress(bytes);
    }
}
