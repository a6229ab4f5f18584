using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Story.Scenarios;

/// <summary>What a human can order, and how it is answered: trip, hold, a contradiction, release, reset.</summary>
public sealed class ManualControl : ShortScenario
{
    public override string Name => "manual-control";

    public override string About => "trip, hold, release and reset by HTTP, the same request twice, and an order that contradicts another";

    public override async Task PlayAsync(StoryRun story, StoryRandom random)
    {
        var target = OneTarget(story, random);
        var which = $"\"scope\":\"target\",\"namespace\":\"{target.Namespace}\",\"name\":\"{target.Name}\",\"by\":\"ana\"";
        var trip = $"{{{which},\"reason\":\"drill\",\"requestId\":\"story-trip\"}}";
        var tripped = await story.OrderAsync("breakers/trip", trip);
        story.Check("a trip is answered with what it will do", tripped.Status == 202 && tripped.Text("next").Length > 0);
        var again = await story.OrderAsync("breakers/trip", trip);
        story.Check("the same request gets the same answer", again.Status == 202 && again.Text("incident") == tripped.Text("incident") && again.Text("at") == tripped.Text("at"));
        story.Mark($"ana tripped {NameOf(target)}", Name);
        await TripAsync(story, Cause.Manual);

        var hold = $"incidents/{tripped.Text("incident")}/hold";
        story.Check("a hold is accepted", (await story.OrderAsync(hold, """{"reason":"looking into it","by":"ana"}""")).Status == 202);
        var second = await story.OrderAsync(hold, """{"reason":"me too","by":"ben"}""");
        story.Check("a second one is refused with who holds it", second.Status == 409 && second.Text("detail").Contains("ana"));
        story.Mark("ana holds it; ben's hold is refused", Name);
        await story.WhyAsync(target);
        await story.PassAsync(TimeSpan.FromMinutes(1), "it is held");

        story.Check("a release is accepted", (await story.OrderAsync($"incidents/{tripped.Text("incident")}/release", """{"reason":"understood","by":"ana"}""")).Status == 202);
        story.Check("a reset is accepted", (await story.OrderAsync("breakers/reset", $"{{{which},\"mode\":\"immediate\",\"reason\":\"drill over\"}}")).Status == 202);
        story.Mark("ana released it and gave it back at once", Name);
        await ClosesAsync(story);
        story.Check("a reset of what is not tripped is refused", (await story.OrderAsync("breakers/reset", $"{{{which},\"mode\":\"immediate\",\"reason\":\"once more\"}}")).Status == 409);
    }
}
