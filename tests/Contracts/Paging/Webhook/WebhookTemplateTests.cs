using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Paging.Channels.Webhook;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Webhook;

public sealed class WebhookTemplateTests
{
    [Theory]
    [InlineData("""{"a":"{{title}}"}""", """{"a":"T"}""")]
    [InlineData("""{"a":"{{ title }} on {{cluster}}!"}""", """{"a":"T on prod!"}""")]
    [InlineData("""["{{targetCount}}","{{targetCount}} of them"]""", """[2,"2 of them"]""")]
    [InlineData("""{"a":"{{incident}}","b":"[{{incident}}]"}""", """{"a":null,"b":"[]"}""")]
    [InlineData("""{"a":"{{targets}}","b":"x {{targets}}"}""", """{"a":["x","y"],"b":"x x\ny"}""")]
    [InlineData("""{"a":"{{links}}","b":"- {{links}}"}""", """{"a":[{"text":"Runbook","url":"https://r.example/"}],"b":"- Runbook: https://r.example/"}""")]
    [InlineData("""{"{{title}}":1,"b":true,"c":[{"d":"{{title}}"},null,1.5]}""", """{"{{title}}":1,"b":true,"c":[{"d":"T"},null,1.5]}""")]
    [InlineData("""{"a":"{ {title} } {title} {{"}""", """{"a":"{ {title} } {title} {{"}""")]
    public void Placeholders_in_strings_become_the_page_s_values(string template, string filled) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(filled), Fill(template, "T")), Fill(template, "T").ToJsonString());

    [Theory]
    [InlineData("\"}, \"admin\": true, {\"x\": \"")]
    [InlineData("{{cluster}} {{title}}")]
    [InlineData("\\\"\n\t\u0000\\u0022")]
    public void A_label_stays_inside_its_string_and_is_never_filled_again(string title)
    {
        var filled = Fill("""{"a":"<{{title}}>"}""", title);

        Assert.Equal("a", Assert.Single(filled.AsObject()).Key);
        Assert.Equal($"<{title.Replace("\0", "", StringComparison.Ordinal)}>", (string?)filled["a"]);
    }

    [Theory]
    [InlineData("""{"a":"{{titel}} {{title}} {{ x y }}"}""", "{{titel}}, {{x y}}, which no page has")]
    [InlineData("""{"a":["{{}}"]}""", "{{}}, which no page has")]
    [InlineData("{\n\"a\": {{title}}}", "no JSON (line 2)")]
    [InlineData("""{"a":1,"a":2}""", "a member that is given twice")]
    [InlineData("", "no JSON (line 1)")]
    [InlineData("\"{{title}}\"", "neither an object nor an array")]
    public void What_can_t_work_is_said_at_the_start(string template, string fault) =>
        Assert.Equal((null, fault), WebhookTemplate.Read(template));

    private static JsonNode Fill(string template, string title)
    {
        var (read, fault) = WebhookTemplate.Read(template);
        Assert.Null(fault);
        var page = Pages.Full with { Title = title, IncidentId = null, Targets = ["x", "y"] };
        return read!.Fill(WebhookPage.Of(page, new LinkSettings { Runbook = new Uri("https://r.example/") }));
    }
}
