using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>Every id that stands for a right or for a foreign application is one that somebody has named, with the resource that it is for.</summary>
public sealed partial class RightsTests
{
    /// <summary>Built-in roles: their id is the same everywhere.</summary>
    private static readonly Dictionary<string, (string Role, string On)> Roles = new(StringComparer.Ordinal)
    {
        ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = ("Storage Blob Data Owner", "storage"),
        ["4633458b-17de-408a-b874-0445c86b69e6"] = ("Key Vault Secrets User", "vault"),
        ["3913510d-42f4-4e42-8a64-420c390055eb"] = ("Monitoring Metrics Publisher", "insights"),
        ["d5a91429-5739-47e2-a06b-3470a27159e7"] = ("EventGrid Data Sender", "topic"),
    };

    private static readonly Dictionary<string, string> Applications = new(StringComparer.Ordinal)
    {
        ["4962773b-9cdb-44cf-a8bf-237846a00ab7"] = "Microsoft.EventGrid",
        ["461e8683-5575-4561-ac7f-899cc907d62a"] = "Azure Monitor's action groups",
    };

    [Fact]
    public void Every_id_in_a_file_is_a_named_one()
    {
        var texts = AzureFolder.AllBicep().Values.Concat(Directory.EnumerateFiles(Path.Combine(AzureFolder.Root, "hooks")).Select(File.ReadAllText));
        var ids = texts.SelectMany(text => Id().Matches(text)).Select(m => m.Value).Distinct(StringComparer.Ordinal);
        Assert.Equal(Roles.Keys.Concat(Applications.Keys).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_role_is_given_on_the_one_resource_that_it_is_for()
    {
        var roles = AzureFolder.Bicep("modules/roles.bicep");
        var assignments = roles.Of("resource").Where(r => r.Quoted.StartsWith("Microsoft.Authorization/roleAssignments@", StringComparison.Ordinal)).ToList();
        Assert.Equal(Roles.Count, assignments.Count);
        Assert.All(assignments, assignment =>
        {
            var named = RoleOf().Match(assignment.Body).Groups["role"].Value;
            var id = roles.Find("var", named)!.Head.Split('\'')[1];
            Assert.Contains($"scope: {Roles[id].On}\n", assignment.Body, StringComparison.Ordinal);
            Assert.Contains($", {named})\n", assignment.Body, StringComparison.Ordinal);
            Assert.Contains("principalType: 'ServicePrincipal'", assignment.Body, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Rights_are_given_nowhere_else() => Assert.DoesNotContain(
        AzureFolder.AllBicep(), file => file.Key != "modules/roles.bicep" && file.Value.Contains("roleAssignments", StringComparison.Ordinal));

    [Theory]
    [InlineData("modules/storage.bicep", "allowSharedKeyAccess: false")]
    [InlineData("modules/storage.bicep", "publicNetworkAccess: 'Disabled'")]
    [InlineData("modules/keyvault.bicep", "publicNetworkAccess: 'Disabled'")]
    [InlineData("modules/keyvault.bicep", "enableRbacAuthorization: true")]
    [InlineData("modules/redis.bicep", "publicNetworkAccess: 'Disabled'")]
    [InlineData("modules/redis.bicep", "clientProtocol: 'Encrypted'")]
    [InlineData("modules/redis.bicep", "evictionPolicy: 'NoEviction'")]
    [InlineData("modules/redis.bicep", "aofEnabled: true")]
    [InlineData("modules/eventgrid.bicep", "disableLocalAuth: true")]
    [InlineData("modules/insights.bicep", "DisableLocalAuth: true")]
    [InlineData("modules/app.bicep", "httpsOnly: true")]
    [InlineData("modules/app.bicep", "ftpsState: 'Disabled'")]
    [InlineData("modules/app.bicep", "ipSecurityRestrictionsDefaultAction: 'Deny'")]
    [InlineData("modules/app.bicep", "runtime: { name: 'dotnet-isolated', version: '10.0' }")]
    public void No_door_is_opened_by_a_careless_edit(string file, string line) =>
        Assert.Contains(line, AzureFolder.Bicep(file).Text, StringComparison.Ordinal);

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Id();

    [GeneratedRegex(@"roleDefinitions', (?<role>\w+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RoleOf();
}
