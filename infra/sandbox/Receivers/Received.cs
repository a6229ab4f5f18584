using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Receivers;

/// <summary>One message that arrived, and how it was answered. Channel is "slack", "pagerduty" or "webhook".</summary>
public sealed record ReceivedMessage(DateTimeOffset At, string Channel, string Path, JsonObject? Body, int AnsweredWith);

/// <summary>How a channel is to answer the next calls instead of accepting them.</summary>
public sealed record ChannelFailure(int Status, string Body, int Times, TimeSpan? RetryAfter = null);

/// <summary>Everything that arrived, in order; read and written from many requests at once.</summary>
public sealed class ReceiverLog
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedMessage> _messages = [];
    private readonly Dictionary<string, ChannelFailure> _failures = [];

    public IReadOnlyList<ReceivedMessage> All()
    {
        lock (_gate)
            return [.. _messages];
    }

    public void Add(ReceivedMessage message)
    {
        lock (_gate)
            _messages.Add(message);
    }

    public void Clear()
    {
        lock (_gate)
            _messages.Clear();
    }

    public void Fail(string channel, ChannelFailure failure)
    {
        lock (_gate)
            _failures[channel] = failure;
    }

    /// <summary>The failure that the next call of a channel meets, counted off; null when it is to be accepted.</summary>
    public ChannelFailure? TakeFailure(string channel)
    {
        lock (_gate)
        {
            if (!_failures.TryGetValue(channel, out var failure) || failure.Times <= 0)
                return null;
            _failures[channel] = failure with { Times = failure.Times - 1 };
            return failure;
        }
    }
}
