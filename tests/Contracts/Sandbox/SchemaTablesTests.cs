using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>The tables of infra/sandbox/Api/Schemas hold together.</summary>
public sealed class SchemaTablesTests
{
    [Fact]
    public void Every_part_that_a_kind_names_is_there_with_the_keys_of_its_lists()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var root in Resources.Stored.Select(SchemaTables.Of).OfType<SchemaStruct>())
            Follow(root, seen);

        Assert.True(seen.Count > 100, $"{seen.Count} parts");
    }

    [Fact]
    public void A_kind_of_KEDA_and_of_its_workloads_has_a_table()
    {
        foreach (var resource in new[] { Resources.ScaledObjects, Resources.ScaledJobs, Resources.TriggerAuthentications, Resources.Deployments, Resources.StatefulSets, Resources.Hpas })
            Assert.NotNull(SchemaTables.Of(resource));
    }

    private static void Follow(SchemaStruct part, HashSet<string> seen)
    {
        if (!seen.Add(part.Name))
            return;
        Assert.Equal(part.Fields.Length, part.Fields.Select(f => f.Name).Distinct().Count());
        var numbers = part.Fields.Where(f => f.Number > 0).Select(f => f.Number).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        foreach (var field in part.Fields)
        {
            for (var type = field.Type; type is not null; type = type.Item)
            {
                if (type.Kind == SchemaKind.Struct)
                    Follow(SchemaTables.Struct(type), seen);
                if (type is { Kind: SchemaKind.List, Item.Kind: SchemaKind.Struct })
                    Assert.All(type.Keys, key => Assert.NotNull(SchemaTables.Struct(type.Item).Field(key)));
            }
        }
    }
}
