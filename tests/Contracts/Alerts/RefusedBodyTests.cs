using Sophia.Keda.Reactor.Alerts;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class RefusedBodyTests
{
    [Theory]
    [InlineData("", "Not JSON")]
    [InlineData("alerts: yes", "Not JSON")]
    [InlineData("""{"version":"4","alerts":[""", "Not JSON")]
    [InlineData("""{"text":"an alert for chat"}""", "replaced body")]
    [InlineData("""[{"version":"4"}]""", "replaced body")]
    [InlineData("""{"version":"4","alerts":null}""", "replaced body")]
    [InlineData("""{"version":"4","alerts":{}}""", "replaced body")]
    [InlineData("""{"alerts":[{}]}""", "missing")]
    [InlineData("""{"version":4,"alerts":[{}]}""", "no text")]
    [InlineData("""{"version":"3","alerts":[{}]}""", "\"3\"")]
    [InlineData("""{"version":"\ud800","alerts":[{}]}""", "missing")]
    [InlineData("""{"version":"4","alerts":[]}""", "empty")]
    public void A_body_that_is_no_notification_is_refused_as_a_whole_and_told_what_helps(string body, string says)
    {
        var refusal = Given.Refused(body);

        Assert.Equal(400, refusal.Status);
        Assert.Contains(says, $"{refusal.Title}: {refusal.Detail}", StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused_before_it_costs_anything()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 100_000));

        Assert.Equal("Not JSON", Given.Refused($$"""{"version":"4","alerts":{{deep}}""").Title);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] bytes = [.. "{\"version\":\"4\",\"alerts\":[\""u8, 0xC3, 0x28, .. "\"]}"u8];

        Assert.False(AlertmanagerPayload.Parse(bytes, Given.Policy, Given.Now).Succeeded(out _, out var refusal));
        Assert.Equal((400, "Not JSON"), (refusal.Status, refusal.Title));
    }

    [Fact]
    public void A_body_over_the_limit_is_too_large()
    {
        Assert.False(AlertmanagerPayload.Parse(new byte[AlertmanagerPayload.MaxBytes + 1], Given.Policy, Given.Now)
            .Succeeded(out _, out var refusal));
        Assert.Equal(413, refusal.Status);
    }
}
