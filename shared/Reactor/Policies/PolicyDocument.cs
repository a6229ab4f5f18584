using YamlDotNet.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>Unwraps what a file holds: a policy, or the ConfigMap that the source documents keep it in.</summary>
internal static class PolicyDocument
{
    private const string Key = "circuit_breaker.yaml";

    public static IEnumerable<PolicyMap> Read(string file, string text, FaultList faults)
    {
        foreach (var node in PolicyYaml.Read(text, mark => new Place(file, mark.Line, mark.Column), faults))
        {
            foreach (var map in Maps(node, faults))
            {
                if (map["kind"] is not PolicyScalar { Text: "ConfigMap" })
                    yield return map;
                else if (map["data"] is PolicyMap data && data[Key] is PolicyScalar inner)
                {
                    foreach (var held in PolicyYaml.Read(inner.Text, Outer(inner, text), faults).SelectMany(n => Maps(n, faults)))
                        yield return held;
                }
                else
                    faults.Add(map.Place, "a ConfigMap", $"'{Key}' with the policy's text in its data");
            }
        }
    }

    private static IEnumerable<PolicyMap> Maps(PolicyNode node, FaultList faults)
    {
        switch (node)
        {
            case PolicyMap map:
                yield return map;
                break;
            case PolicyScalar { Text: "" or "~" or "null" }:
                break; // An empty document: the defaults.
            default:
                faults.Add(node.Place, node.Show(), "a mapping of settings");
                break;
        }
    }

    /// <summary>Places in a | block as places in the file around it; in a quoted text there is but one to name.</summary>
    private static Func<Mark, Place> Outer(PolicyScalar inner, string text)
    {
        if (!inner.IsLiteral)
            return _ => inner.Place;

        var indent = text.Split('\n').Skip((int)inner.Place.Line).FirstOrDefault(l => l.Trim().Length > 0) is { } first
            ? first.Length - first.TrimStart(' ').Length
            : 0;
        return mark => new Place(inner.Place.File, inner.Place.Line + mark.Line, indent + mark.Column);
    }
}
