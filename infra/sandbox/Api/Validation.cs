using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>The checks that a careless HPA or ScaledObject most often fails on the real server.</summary>
public static partial class Validation
{
    public static void Check(Resource resource, JsonObject document)
    {
        var metadata = document.Object("metadata");
        var name = metadata.Text("name") ?? "";
        if (name.Length > 253 || !Subdomain().IsMatch(name))
            throw ApiException.Invalid(resource, name, "metadata.name",
                $"Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character");
        foreach (var (key, value) in metadata.Object("labels") ?? [])
        {
            if (value is not JsonValue text || !text.TryGetValue<string>(out var label) || label.Length > 63)
                throw ApiException.Invalid(resource, name, "metadata.labels", $"Invalid value: \"{key}\": must be a string of no more than 63 characters");
        }

        foreach (var (key, value) in metadata.Object("annotations") ?? [])
        {
            if (value is not JsonValue text || !text.TryGetValue<string>(out _))
                throw ApiException.BadRequest($"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: json: cannot unmarshal annotation {key} into Go value of type string");
        }

        if (resource == Resources.ValidatingAdmissionPolicies)
            Expressions(resource, name, document.Object("spec"));
        else if (resource == Resources.Hpas)
            Hpa(resource, name, document.Object("spec"));
        else if (resource == Resources.ScaledObjects && document.Object("spec").Object("scaleTargetRef").Text("name") is null)
            throw ApiException.Invalid(resource, name, "spec.scaleTargetRef.name", "Required value", "FieldValueRequired");
        else if (resource == Resources.ScaledObjects && document.Object("spec").Array("triggers") is null)
            throw ApiException.Invalid(resource, name, "spec.triggers", "Required value", "FieldValueRequired");
    }

    /// <summary>What is no CEL at all is refused when the policy is written, not when it is asked.</summary>
    private static void Expressions(Resource resource, string name, JsonObject? spec)
    {
        foreach (var list in new[] { "validations", "matchConditions", "variables" })
        {
            foreach (var (i, one) in (spec.Array(list) ?? []).Index())
            {
                try
                {
                    Admission.Cel.CelParser.Parse(one.Text("expression") ?? "");
                }
                catch (Admission.Cel.CelException fault)
                {
                    if (fault.IsSyntax)
                        throw ApiException.Invalid(resource, name, $"spec.{list}[{i}].expression", $"Invalid value: \"{one.Text("expression")}\": compilation failed: {fault.Message}");
                }
            }
        }
    }

    private static void Hpa(Resource resource, string name, JsonObject? spec)
    {
        var min = spec.Whole("minReplicas") ?? 1;
        if (spec.Object("scaleTargetRef").Text("name") is not { Length: > 0 })
            throw ApiException.Invalid(resource, name, "spec.scaleTargetRef.name", "Required value", "FieldValueRequired");
        if (min < 1)
            throw ApiException.Invalid(resource, name, "spec.minReplicas", $"Invalid value: {min}: must be greater than or equal to 1");
        if ((spec.Whole("maxReplicas") ?? 0) < 1)
            throw ApiException.Invalid(resource, name, "spec.maxReplicas", $"Invalid value: {spec.Whole("maxReplicas") ?? 0}: must be greater than 0");
        if (spec.Whole("maxReplicas") < min)
            throw ApiException.Invalid(resource, name, "spec.maxReplicas", $"Invalid value: {spec.Whole("maxReplicas")}: must be greater than or equal to `minReplicas`");
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex Subdomain();
}
