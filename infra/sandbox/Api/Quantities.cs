using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>A Quantity may be sent as a number (cpu: 1, without quotes in YAML); the real server keeps and shows it as text, and 0.5 as 500m.</summary>
internal static class Quantities
{
    private static readonly string[] Containers = ["containers", "initContainers"];
    private static readonly string[] Amounts = ["requests", "limits"];

    public static void Normalise(Resource resource, JsonObject document)
    {
        if (!resource.HasScale || document.Object("spec").Object("template").Object("spec") is not { } pod)
            return;
        foreach (var container in Containers.SelectMany(list => pod.Array(list) ?? []))
        {
            foreach (var amounts in Amounts.Select(list => container.Object("resources").Object(list)).OfType<JsonObject>())
            {
                foreach (var (name, amount) in amounts.ToList())
                {
                    if (amount is JsonValue value && value.GetValueKind() == JsonValueKind.Number
                        && decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                        amounts[name] = Text(number);
                }
            }
        }
    }

    private static string Text(decimal number) => number == decimal.Truncate(number)
        ? number.ToString("0", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{decimal.Ceiling(number * 1000):0}m");
}
