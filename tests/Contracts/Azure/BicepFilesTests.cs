namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What Bicep itself lets pass; the planted faults show that it would be found.</summary>
public sealed class BicepFilesTests
{
    [Fact]
    public void No_file_has_such_a_fault() => Assert.Empty(Check(AzureFolder.AllBicep()));

    [Theory]
    [InlineData("modules/eventgrid.bicep", "2025-02-15", "2025-02-15-preview", "modules/eventgrid.bicep: resource topic has no API version of the form 2025-01-31, without -preview")]
    [InlineData("modules/eventgrid.bicep", "2025-02-15", "2025-02-31", "modules/eventgrid.bicep: resource topic has no API version of the form 2025-01-31, without -preview")]
    [InlineData("modules/eventgrid.bicep", "2025-02-15", "2022-06-15", "Microsoft.EventGrid/topics has several API versions: 2025-02-15, 2022-06-15")]
    [InlineData("modules/given-secret.bicep", "@secure()\nparam value string", "param apiKey string", "modules/given-secret.bicep: apiKey sounds like a secret and is not @secure()")]
    [InlineData("modules/plan.bicep", "param name string", "parem name string", "modules/plan.bicep: \"parem name string\" is nothing that is read here")]
    [InlineData("modules/plan.bicep", "name: 'FC1'", "name: 'FC1", "a string without an end")]
    public void A_planted_fault_is_found(string file, string what, string by, string expected)
    {
        var texts = AzureFolder.AllBicep();
        Assert.Contains(what, texts[file], StringComparison.Ordinal);
        texts[file] = texts[file].Replace(what, by, StringComparison.Ordinal);
        var faults = Check(texts);
        Assert.Contains(faults, fault => fault.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_nothing_uses_is_found()
    {
        var texts = AzureFolder.AllBicep();
        texts["modules/forgotten.bicep"] = "output id string = 'x'\n";
        Assert.Equal("modules/forgotten.bicep is used by nothing", Assert.Single(Check(texts)));
    }

    private static System.Collections.Immutable.ImmutableArray<string> Check(Dictionary<string, string> texts) => BicepChecks.Of(texts, "main.bicep", "events.bicep");
}
