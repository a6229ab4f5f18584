using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Tells a trigger that can't work as it is written from a source that is away for now. KEDA gives no code for it, only words: of its
/// scalers' parsing ("error parsing … metadata: no … given"), of an unknown type ("no scaler found for type"), of a spec that it refuses, and
/// the API server's for a TriggerAuthentication or secret that is not there.
/// </summary>
public static class ConfigurationFault
{
    private static readonly ImmutableArray<string> Phrases =
    [
        "error parsing", "unable to parse", "failed to parse", "can't parse", "cannot parse", "no scaler found for type", "unknown trigger",
        "correct triggers specification", "correct scaletargetref specification", "unsupported trigger", "error building",
    ];

    private static readonly ImmutableArray<string> Needed = ["triggerauthentication", "secret", "configmap", "serviceaccount"];

    public static bool Reads(string words) =>
        Phrases.Any(p => Has(words, p))
        || (Has(words, "not found") && Needed.Any(n => Has(words, n)))
        || (Has(words, "metadata") && Has(words, "given") && Has(words, " no "));

    private static bool Has(string words, string phrase) => words.Contains(phrase, StringComparison.OrdinalIgnoreCase);
}
