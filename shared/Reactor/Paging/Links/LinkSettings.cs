using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Paging.Links;

/// <summary>What pages may link to.</summary>
public sealed record LinkSettings
{
    /// <summary>Pages without any link.</summary>
    public static LinkSettings None { get; } = new();

    /// <summary>Where people reach this reactor, without a slash at its end.</summary>
    public Uri? BaseUrl { get; init; }

    public Uri? Runbook { get; init; }

    /// <summary>Hosts, exactly, whose addresses become links when an alert's text holds them. Lower case.</summary>
    public ImmutableArray<string> AllowedHosts { get; init; } = [];
}

/// <param name="Text">What people read: ours, never an alert's.</param>
/// <param name="Url">Without a key: pages are forwarded, and previews fetch what they link to.</param>
public sealed record PageLink(string Text, Uri Url);
