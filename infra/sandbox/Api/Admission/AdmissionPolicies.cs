using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission;

/// <summary>
/// The ValidatingAdmissionPolicies of the cluster, enforced as the API server does: the first denial of a bound policy ends the write; an
/// expression without a value counts as a denial unless failurePolicy is Ignore. Parameters and audit annotations are not there.
/// </summary>
public sealed class AdmissionPolicies
{
    private readonly SandboxCluster _cluster;
    private readonly Dictionary<string, CelNode> _read = new(StringComparer.Ordinal);

    public AdmissionPolicies(SandboxCluster cluster) => _cluster = cluster;

    /// <exception cref="ApiException">A policy denies it.</exception>
    public void Check(AdmissionAsk ask)
    {
        foreach (var policy in _cluster.Store.All(Resources.ValidatingAdmissionPolicies))
        {
            foreach (var binding in Bindings(policy))
            {
                if (Denial(policy, binding, ask) is not { } denial)
                    continue;
                throw ApiException.DeniedByPolicy(ask.Resource, ask.Name,
                    $"ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}' denied request: {denial.Message}", denial.Reason);
            }
        }
    }

    private IEnumerable<StoredObject> Bindings(StoredObject policy) => _cluster.Store.All(Resources.ValidatingAdmissionPolicyBindings)
        .Where(b => b.Spec.Text("policyName") == policy.Name && (b.Spec.Array("validationActions") ?? []).Any(a => a?.ToString() == "Deny"));

    private (string Message, string Reason)? Denial(StoredObject policy, StoredObject binding, AdmissionAsk ask)
    {
        try
        {
            if (!RuleMatch.Takes(policy.Spec.Object("matchConstraints"), ask, unless: false) || !RuleMatch.Takes(binding.Spec.Object("matchResources"), ask, unless: true))
                return null;
            if (policy.Spec.Object("paramKind") is not null)
                throw CelException.NotHere("paramKind");
            var evaluator = new CelEvaluator(Names(policy, ask));
            if (!Conditions(policy, evaluator))
                return null;
            foreach (var validation in policy.Spec.Array("validations") ?? [])
            {
                if (Value(evaluator, validation.Text("expression")) is not true)
                    return (Message(evaluator, validation), validation.Text("reason") ?? "Invalid");
            }

            return null;
        }
        catch (CelException fault)
        {
            return policy.Spec.Text("failurePolicy") == "Ignore" ? null : (fault.Message, "Invalid");
        }
    }

    /// <summary>One that does not hold settles it, whatever errors the others have.</summary>
    private bool Conditions(StoredObject policy, CelEvaluator evaluator)
    {
        CelException? fault = null;
        foreach (var condition in policy.Spec.Array("matchConditions") ?? [])
        {
            try
            {
                if (Value(evaluator, condition.Text("expression")) is not true)
                    return false;
            }
            catch (CelException found)
            {
                fault ??= found;
            }
        }

        return fault is null ? true : throw fault;
    }

    private Dictionary<string, object?> Names(StoredObject policy, AdmissionAsk ask)
    {
        var names = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["object"] = CelValues.Of(ask.Whole(ask.Object)),
            ["oldObject"] = CelValues.Of(ask.Whole(ask.Old)),
            ["request"] = CelValues.Of(ask.AsRequest()),
        };
        var written = (policy.Spec.Array("variables") ?? []).ToDictionary(v => v.Text("name") ?? "", v => v.Text("expression"), StringComparer.Ordinal);
        var worked = new Dictionary<string, object?>(StringComparer.Ordinal);
        names["variables"] = new CelLazyMap(name =>
        {
            if (worked.TryGetValue(name, out var known))
                return known;

            // Taken out while it is worked out: one that needs itself is as one that is not there.
            if (!written.Remove(name, out var expression))
                throw CelException.NoSuchKey(name);
            try
            {
                return worked[name] = Value(new CelEvaluator(names), expression);
            }
            finally
            {
                written[name] = expression;
            }
        });
        return names;
    }

    private string Message(CelEvaluator evaluator, JsonNode? validation)
    {
        if (validation.Text("messageExpression") is { } expression)
        {
            try
            {
                if (Value(evaluator, expression) is string said && said.Trim() is { Length: > 0 } message && !message.Contains('\n'))
                    return message;
            }
            catch (CelException)
            {
                // As the real one: then the plain message.
            }
        }

        return validation.Text("message")?.Trim() is { Length: > 0 } plain ? plain : $"failed expression: {validation.Text("expression")?.Trim()}";
    }

    private object? Value(CelEvaluator evaluator, string? expression)
    {
        var text = expression ?? "";
        try
        {
            if (!_read.TryGetValue(text, out var node))
                _read[text] = node = CelParser.Parse(text);
            return evaluator.Value(node);
        }
        catch (CelException fault) when (!fault.Said)
        {
            throw fault.In(text);
        }
    }
}
