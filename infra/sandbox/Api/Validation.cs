using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>What an object must be beyond its types: names, what is required, bounds, and what must fit together.</summary>
public static partial class Validation
{
    private const int LongestLabel = 63;

    /// <param name="resource">Its kind.</param>
    /// <param name="document">As it would be stored.</param>
    /// <param name="old">As it is; null: it is new.</param>
    /// <param name="traits">Of the release of KEDA whose definitions are installed.</param>
    public static void Check(Resource resource, JsonObject document, JsonObject? old, KedaTraits traits)
    {
        var metadata = document.Object("metadata");
        var name = metadata.Text("name") ?? "";
        if (name.Length > 253 || !Subdomain().IsMatch(name))
            throw ApiException.Invalid(resource, name, "metadata.name",
                $"Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character");
        foreach (var (key, value) in metadata.Object("labels") ?? [])
        {
            if (value is not JsonValue text || !text.TryGetValue<string>(out var label) || label.Length > LongestLabel || !Label().IsMatch(label))
                throw ApiException.Invalid(resource, name, "metadata.labels",
                    $"Invalid value: \"{value}\" of {key}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
                    + $"and must start and end with an alphanumeric character, no more than {LongestLabel} of them");
        }

        foreach (var (key, value) in metadata.Object("annotations") ?? [])
        {
            if (value is not JsonValue text || !text.TryGetValue<string>(out _))
                throw ApiException.BadRequest($"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: json: cannot unmarshal annotation {key} into Go value of type string");
        }

        if (SchemaTables.Of(resource) is not { } root)
            return;
        var bounded = traits.Has(KedaTrait.DefinitionHasBounds);
        var causes = Bounds.Broken(document, root, resource.Custom, bounded).ToList();
        if (resource == Resources.ValidatingAdmissionPolicies)
            causes.AddRange(Expressions(document.Object("spec")));
        else if (resource == Resources.Hpas)
            causes.AddRange(Hpa(document.Object("spec")));
        else if (resource == Resources.Deployments || resource == Resources.StatefulSets)
            causes.AddRange(Workload(document.Object("spec"), old.Object("spec")));
        else if (resource == Resources.ScaledObjects && bounded)
            causes.AddRange(ScaledObject(document.Object("spec")));
        if (resource == Resources.ScaledObjects && !traits.Has(KedaTrait.FallbackByScalingModifiers) && document.Object("spec").Object("fallback").Text("behavior") == "scalingModifiers")
        {
            causes.Add(new FieldFault("spec.fallback.behavior",
                "Unsupported value: \"scalingModifiers\": supported values: \"static\", \"currentReplicas\", \"currentReplicasIfHigher\", \"currentReplicasIfLower\"", "FieldValueNotSupported"));
        }

        if (causes.Count > 0)
            throw ApiException.Invalid(resource, name, causes);
    }

    /// <summary>What is no CEL at all is refused when the policy is written, not when it is asked.</summary>
    private static IEnumerable<FieldFault> Expressions(JsonObject? spec)
    {
        foreach (var list in new[] { "validations", "matchConditions", "variables" })
        {
            foreach (var (i, one) in (spec.Array(list) ?? []).Index())
            {
                var expression = one.Text("expression") ?? "";
                if (NoCel(expression) is { } why)
                    yield return new FieldFault($"spec.{list}[{i}].expression", $"Invalid value: \"{expression}\": compilation failed: {why}");
            }
        }
    }

    private static string? NoCel(string expression)
    {
        try
        {
            Admission.Cel.CelParser.Parse(expression);
            return null;
        }
        catch (Admission.Cel.CelException fault)
        {
            return fault.IsSyntax ? fault.Message : null;
        }
    }

    /// <summary>The rule that stands in the definition itself, beside the webhook's.</summary>
    private static IEnumerable<FieldFault> ScaledObject(JsonObject? spec)
    {
        if (spec.Whole("minReplicaCount") is { } min && min > (spec.Whole("maxReplicaCount") ?? Keda.ScaledObjectView.DefaultMax))
            yield return new FieldFault("spec", "Invalid value: \"object\": minReplicaCount must be less than or equal to maxReplicaCount");
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex Label();
}
