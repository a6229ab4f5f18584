using Sophia.Keda.Reactor.Alerts;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class MutatedBodyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_body_raises_an_exception_and_every_signal_is_sound(int seed)
    {
        var (read, refused) = (0, 0);
        foreach (var body in Mutations.Of(Given.Fixture("group-of-firing-and-resolved"), seed, rounds: 4000))
        {
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
}
