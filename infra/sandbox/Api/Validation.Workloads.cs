using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>What must fit together in a Deployment and a StatefulSet (kubernetes: pkg/apis/apps/validation, pkg/apis/core/validation).</summary>
public static partial class Validation
{
    private const string Template = "spec.template";

    private static IEnumerable<FieldFault> Workload(JsonObject? spec, JsonObject? old)
    {
        var selector = spec.Object("selector");
        if (selector is { Count: 0 } || (selector is not null && selector.Object("matchLabels") is not { Count: > 0 } && selector.Array("matchExpressions") is not { Count: > 0 }))
            yield return new FieldFault("spec.selector", "Invalid value: {}: empty selector is invalid for deployment");
        else if (selector is not null && old is not null && !Json.Same(old["selector"], selector))
            yield return new FieldFault("spec.selector", $"Invalid value: {Json.Line(selector)}: field is immutable");
        else if (selector is not null && spec.Object("template") is { } template && !Selects(selector, template.Object("metadata").Object("labels")))
            yield return new FieldFault($"{Template}.metadata.labels",
                $"Invalid value: {Json.Line(template.Object("metadata").Object("labels") ?? [])}: `selector` does not match template `labels`");
        if (spec.Object("strategy").Text("type") == "Recreate" && spec.Object("strategy").Object("rollingUpdate") is not null)
            yield return new FieldFault("spec.strategy.rollingUpdate", "Forbidden: may not be specified when strategy `type` is 'Recreate'", "FieldValueForbidden");
        var pod = spec.Object("template").Object("spec");
        if (pod.Text("restartPolicy") is { Length: > 0 } restart && restart != "Always")
            yield return new FieldFault($"{Template}.spec.restartPolicy", $"Unsupported value: \"{restart}\": supported values: \"Always\"", "FieldValueNotSupported");
        foreach (var cause in Containers(pod))
            yield return cause;
    }

    private static IEnumerable<FieldFault> Containers(JsonObject? pod)
    {
        var volumes = (pod.Array("volumes") ?? []).Select(v => v.Text("name")).ToHashSet();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var list in new[] { "initContainers", "containers" })
        {
            foreach (var (i, container) in (pod.Array(list) ?? []).Index())
            {
                var path = $"{Template}.spec.{list}[{i}]";
                if (container.Text("name") is { Length: > 0 } name)
                {
                    if (name.Length > LongestLabel || !DnsLabel().IsMatch(name))
                        yield return new FieldFault($"{path}.name",
                            $"Invalid value: \"{name}\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character");
                    else if (!names.Add(name))
                        yield return new FieldFault($"{path}.name", $"Duplicate value: \"{name}\"", "FieldValueDuplicate");
                }

                if (container.Text("image") is not { Length: > 0 })
                    yield return new FieldFault($"{path}.image", "Required value", "FieldValueRequired");
                foreach (var (m, mount) in (container.Array("volumeMounts") ?? []).Index())
                {
                    if (!volumes.Contains(mount.Text("name")) && pod is not null && !IsTemplate(mount))
                        yield return new FieldFault($"{path}.volumeMounts[{m}].name", $"Not found: \"{mount.Text("name")}\"", "FieldValueNotFound");
                }

                foreach (var cause in Requests(container.Object("resources"), $"{path}.resources.requests"))
                    yield return cause;
            }
        }

        // The claims of a StatefulSet are volumes of its pods.
        bool IsTemplate(JsonNode? mount) => (pod!.Parent?.Parent.Array("volumeClaimTemplates") ?? []).Any(c => c.Object("metadata").Text("name") == mount.Text("name"));
    }

    private static IEnumerable<FieldFault> Requests(JsonObject? resources, string path)
    {
        foreach (var (name, asked) in resources.Object("requests") ?? [])
        {
            if (asked?.ToString() is { } request && resources.Object("limits").Text(name) is { } limit && Quantities.Number(request) > Quantities.Number(limit))
                yield return new FieldFault(path, $"Invalid value: \"{request}\": must be less than or equal to {name} limit of {limit}");
        }
    }

    private static bool Selects(JsonObject selector, JsonObject? labels) =>
        (selector.Object("matchLabels") ?? []).All(l => labels.Text(l.Key) == l.Value?.ToString())
        && (selector.Array("matchExpressions") ?? []).All(e => e.Text("operator") switch
        {
            "In" => (e.Array("values") ?? []).Any(v => v?.ToString() == labels.Text(e.Text("key") ?? "")),
            "NotIn" => (e.Array("values") ?? []).All(v => v?.ToString() != labels.Text(e.Text("key") ?? "")),
            "Exists" => labels.Text(e.Text("key") ?? "") is not null,
            "DoesNotExist" => labels.Text(e.Text("key") ?? "") is null,
            _ => true,
        });

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex DnsLabel();
}
