using System.Text;
using Sophia.Keda.Reactor.Alerts;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class MutatedBodyTests
{
    /// <summary>Bytes that break JSON, text, times and names in interesting ways.</summary>
    private static readonly string[] Pieces =
        ["\"", "\\", "{", "}", "[", "]", ",", ":", "null", "\\ud800", "\\u0000", "\u00ff", "-", "1e999", "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59+14:00", "\"labels\":", "\n"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_body_raises_an_exception_and_every_signal_is_sound(int seed)
    {
#pragma warning disable RS0030 // The ban is on randomness without a seed.
        var random = new Random(seed);
#pragma warning restore RS0030
        var original = Encoding.UTF8.GetBytes(Given.Fixture("group-of-firing-and-resolved"));
        var (read, refused) = (0, 0);
        for (var round = 0; round < 4000; round++)
        {
            var body = Mutate(original, random);
            if (!AlertmanagerPayload.Parse(body, Given.Policy, Given.Now).Succeeded(out var notification, out var refusal))
            {
                refused++;
                Assert.InRange(refusal.Status, 400, 499);
                continue;
            }

            read++;
            foreach (var signal in notification.Signals)
            {
                Assert.Contains(signal.AlertName, Given.Policy.AlertNames.Keys);
                Assert.Equal(signal.Firing, signal.EndsAt is null);
                Assert.DoesNotContain(signal.Key + signal.Namespace + signal.ScaledObject + signal.Deployment + signal.Severity + signal.Summary, char.IsControl);
            }
        }

        // Both ways must have been walked, else the mutations test nothing.
        Assert.True(read > 200 && refused > 200, $"seed {seed}: {read} read, {refused} refused");
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var body = original.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0: body[at] = (byte)random.Next(256); break;
                case 1: body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at)); break;
                case 2: body.InsertRange(at, Encoding.Latin1.GetBytes(Pieces[random.Next(Pieces.Length)])); break;
                default: body.InsertRange(at, body.GetRange(random.Next(at + 1), Math.Min(10, body.Count - at))); break;
            }
        }

        return [.. body];
    }
}
