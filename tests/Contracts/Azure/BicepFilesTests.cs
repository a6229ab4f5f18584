namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What "bicep build" would find of our own names, where no Bicep is; the planted faults show that it would be found.</summary>
public sealed class BicepFilesTests
{
    [Fact]
    public void Every_file_agrees_with_those_that_it_uses() => Assert.Empty(Check(AzureFolder.AllBicep()));

    [Theory]
    [InlineData("main.bicep", "identity.outputs.principalId", "identity.outputs.objectId", "main.bicep: modules/identity.bicep has no output objectId")]
    [InlineData("main.bicep", "slackSecret!.outputs.name", "slackSecret!.outputs.nane", "main.bicep: modules/given-secret.bicep has no output nane")]
    [InlineData("main.bicep", "vault.outputs.uri", "vaults.outputs.uri", "main.bicep: vaults.outputs.uri is of no module")]
    [InlineData("main.bicep", "    blobEndpoint: storage.outputs.blobEndpoint\n", "", "main.bicep: module app does not pass blobEndpoint, which modules/app.bicep needs")]
    [InlineData("main.bicep", "sku: size.storageSku", "skew: size.storageSku", "main.bicep: module storage passes skew, which modules/storage.bicep does not declare")]
    [InlineData("main.bicep", "'modules/plan.bicep'", "'modules/plans.bicep'", "main.bicep: module plan is modules/plans.bicep, which is not there")]
    [InlineData("modules/plan.bicep", "zoneRedundant: zoneRedundant", "zoneRedundant: false", "modules/plan.bicep: param zoneRedundant is not used")]
    [InlineData("modules/storage.bicep", "output blobEndpoint ", "output blobAddress ", "main.bicep: modules/storage.bicep has no output blobEndpoint")]
    [InlineData("modules/eventgrid.bicep", "2025-02-15", "2025-02-15-preview", "modules/eventgrid.bicep: resource topic has no API version of the form 2025-01-31, without -preview")]
    [InlineData("modules/eventgrid.bicep", "2025-02-15", "2025-02-31", "modules/eventgrid.bicep: resource topic has no API version of the form 2025-01-31, without -preview")]
    [InlineData("modules/eventgrid.bicep", "2025-02-15", "2022-06-15", "Microsoft.EventGrid/topics has several API versions: 2025-02-15, 2022-06-15")]
    [InlineData("modules/given-secret.bicep", "@secure()\nparam value string", "param apiKey string", "modules/given-secret.bicep: apiKey sounds like a secret and is not @secure()")]
    [InlineData("main.bicep", "param slackWebhookUrl string = ''", "param slackWebhookUrl string = 'https://hooks'", "main.bicep: the secret slackWebhookUrl has a default that stands in the file")]
    [InlineData("modules/redis.bicep", "output id string = cluster.id", "output id string = database.listKeys().primaryKey", "modules/redis.bicep: output id tells a key")]
    [InlineData("modules/plan.bicep", "param name string", "param name string\nparam name string", "modules/plan.bicep: name is declared twice")]
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

    [Theory]
    [InlineData("output x string = name", true)]
    [InlineData("output x string = '${name}'", true)]
    [InlineData("output x string = y ? name : z", true)]
    [InlineData("output x string = 'name'", false)]
    [InlineData("output x object = { name: 1 }", false)]
    [InlineData("output x string = other.name", false)]
    [InlineData("// name\noutput x string = 'it\\'s ${other} name'", false)]
    public void A_name_is_used_only_where_code_names_it(string code, bool used) =>
        Assert.Equal(used, BicepFile.Read("x.bicep", "param name string\n" + code + "\n").Uses("name"));

    private static System.Collections.Immutable.ImmutableArray<string> Check(Dictionary<string, string> texts) => BicepChecks.Of(texts, "main.bicep", "events.bicep");
}
