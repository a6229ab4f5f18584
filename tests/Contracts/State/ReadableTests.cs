using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class ReadableTests
{
    [Theory]
    // No kind of signal at its head.
    [InlineData("""{"key":"k","receivedAt":"2026-08-01T12:00:00+00:00"}""")]
    [InlineData("{}")]
    [InlineData("""{"$type":"of a newer version","key":"k"}""")]
    [InlineData("""{"key":"k","$type":"alert"}""")]
    [InlineData("""{"$type":"trip","key":"k"}""")]
    [InlineData("""{"$type":7}""")]
    [InlineData("{ damaged")]
    [InlineData("")]
    [InlineData("null")]
    public void An_entry_that_can_not_be_read_is_told_by_one_kind_of_exception_and_passed_over(string json)
    {
        Assert.Throws<JsonException>(() => ReactorJson.Read<Signal>(json));

        Assert.False(Readable.TryRead<Signal>(json, out var signal));
        Assert.Null(signal);
    }

    [Fact]
    public void An_entry_with_more_than_we_know_is_read()
    {
        var json = ReactorJson.Write<Signal>(Filled.Of<AlertSignal>());

        Assert.True(Readable.TryRead<Signal>(json.Replace("\"key\":", "\"new\":{},\"key\":"), out var signal));
        Same.Assert(Filled.Of<AlertSignal>(), signal);
    }

    /// <summary>Whatever a byte of damage makes of it, it is refused in one of the known ways: anything else would stop the loop.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damage_anywhere_is_met_as_damage(int seed)
    {
        var random = new Random(seed);
        var signal = ReactorJson.Write<Signal>(Filled.Of<TripOrder>());
        var page = ReactorJson.Write(Filled.Of<Page>());
        var incident = ReactorJson.Write(Filled.Of<Incident>());
        var audit = ReactorJson.Write(Filled.Of<AuditRecord>());
        for (var round = 0; round < 1_500; round++)
        {
            Readable.TryRead<Signal>(Damaged(signal), out _);
            Readable.TryRead<Page>(Damaged(page), out _);
            Readable.TryRead<Incident>(Damaged(incident), out _);
            AuditJson.Read(Damaged(audit));
        }

        foreach (var _ in Enumerable.Range(0, 300))
        {
            try
            {
                PanelJson.Read(Damaged(Version1.PanelJson), "prod", (found, _, _) => new JsonException(found));
            }
            catch (JsonException)
            {
                // What the store turns into a refusal.
            }
        }

        string Damaged(string json)
        {
            var (at, length) = (random.Next(json.Length), random.Next(1, 12));
            return random.Next(4) switch
            {
                0 => json[..at],
                1 => json.Remove(at, Math.Min(length, json.Length - at)),
                2 => json.Insert(at, json.Substring(random.Next(json.Length - 12), length)),
                _ => json.Insert(at, Oddities[random.Next(Oddities.Length)]),
            };
        }
    }

    private static string[] Oddities { get; } =
        ["\\ud800", "\0", "null,", "\"at\":1,\"at\":2,", "\"", "{", "[", "1e999", "-", "9999999999999", "\"x\":", "/", "\uFFFD"];
}
