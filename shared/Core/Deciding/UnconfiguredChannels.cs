namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A channel that the policy names and nobody configured gets no pages. The others are told so, once: the notice stands in the panel, over
/// restarts too, until the channel is configured or named no longer.
/// </summary>
internal static class UnconfiguredChannels
{
    private const string Prefix = "channel/";

    /// <summary>While a new version rolls out, old and new instances differ in what is configured: that must not be news twice a minute.</summary>
    private static readonly TimeSpan Settles = TimeSpan.FromMinutes(5);

    public static void Note(Draft draft)
    {
        // Without a store nobody remembers that it was told, and without a channel nobody can be.
        if (draft.StoreDownSince is not null || draft.Policy.AlertChannels.IsEmpty)
            return;
        foreach (var (key, notice) in draft.Panel.Notices)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal) && draft.Now - notice.Since >= Settles && !draft.Policy.UnconfiguredChannels.Contains(key[Prefix.Length..]))
                Notices.Resolve(draft, key, "It is configured now, or alert_channels no longer names it.");
        }

        foreach (var channel in draft.Policy.UnconfiguredChannels.Where(channel => !draft.Panel.Notices.ContainsKey(Prefix + channel)))
        {
            draft.Audit(AuditKind.Decision, Reason.ChannelUnconfigured, $"alert_channels names {channel}, which is not configured here: it gets no pages", facts: ("channel", channel));
            Notices.Open(draft, Prefix + channel, Severity.Warning, cause: null, $"Nobody is paged by {channel}: it is not configured", new NoticeWords
            {
                Happened = $"The policy of cluster {draft.Policy.Cluster} names {channel} in alert_channels, and the reactor has no settings for it.",
                Did = $"Pages go to {string.Join(" and ", draft.Policy.AlertChannels)} only.",
                Next = "Nothing more is paged about it; GET /api/health and the metric reactor_channel_unconfigured say it as long as it is so.",
                YouMay = $"Configure {channel} (README, Channels), or take it out of alert_channels. POST /api/pages/test shows who is reached.",
            });
        }
    }
}
