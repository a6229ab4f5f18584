using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Takes names, numbers and times out of a text, so that the same sentence with other values is the same.</summary>
internal static class Placeholders
{
    /// <summary>What others say in the worlds of these tests: the reason of an order, a server's refusal, the summary of an alert.</summary>
    private static readonly string[] Others =
    [
        "waiting for the vendor", "KEDA upgrade", "upgrade done", "drill over", "drill", "summary of the alert", "connection refused", "forbidden", "not now",
        "its signature is not ours", "FailedScheduling: 0/3 nodes are available", "FailedGetResourceMetric: no metrics", "ScaledObjectCheckFailed: no scale target",
        "FailedDiscoveryCheck", "ScaledObjectCheckFailed: error parsing redis metadata: no address given", "ScaledObjectCheckFailed", "FailedGetExternalMetric",
    ];

    private static readonly (Regex Value, string Holder)[] Values =
    [
        (Of(string.Join('|', Others.Select(Regex.Escape)) + "|[A-Z][A-Za-z]+ as the test says"), "‹said›"),
        (Of(@"\b\d{8}-\d{4}-[0-9a-f]{8}\b"), "‹id›"),
        (Of(@"\b\d{8}-\d{4,6}-[a-z]+(?:-[a-z]+)*(?:-\d+)?\b"), "‹incident›"),
        (Of(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?Z?|\b\d\d:\d\d:\d\dZ|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d [A-Za-z/]+"), "‹time›"),
        (Of(@"\bana\b(?: \(claimed[^)]*\))?|(?<=‹time› by |is held by )(?:policy|reactor)\b"), "‹who›"),
        (Of(@"sophia-mesh/[a-z0-9-]+"), "‹target›"),
        (Of(@"\bkeda/[a-c]\.keda\.sh\b"), "‹lease›"),
        (Of(@"\bkeda/[a-c]\b"), "‹operator›"),
        (Of(@"keda-hpa-[a-z0-9]+|[a-z0-9]+-fallback\b|\bsomebodys\b"), "‹hpa›"),
        (Of(@"(?<!operator )\b(?:Deployment|StatefulSet) [a-z0-9]+\b|(?<=\b(?:fix|raise) )[a-z0-9]+(?= (?:at|from) )"), "‹workload›"),
        (Of(string.Join('|', Policy.DefaultAlertNames.Keys.Append(KedaEventTypes.Failed).Append(KedaEventTypes.Ready).Append(KedaEventTypes.Unpaused).Select(Regex.Escape))), "‹alert›"),
        (Of($@"\b(?:{string.Join('|', Enum.GetValues<Cause>().Except([Cause.Manual]).Select(Core.Causes.Slug))})\b|(?<= for |Evidence of )manual\b"), "‹cause›"),
        (Of(@"(?<=maintenance ‹id› of |Evidence of ‹cause› for |moves by itself in |from tripping |because nothing in |^nothing in )(?:the whole cluster|‹target›)"), "‹reach›"),
        (Of(@"\b\d+(?:/\d+)+ %"), "‹waves›"),
        (Of(@"\b\d+(?:\.\d+)? (?:ms|s|min|h)\b(?: \d+ (?:s|min)\b)?"), "‹span›"),
        (Of(@"\b\d+ ((?:more |good |failing |open )?(?:workload|target|rescale|probe|replica|change|fallback|ScaledObject|incident))s?\b( goes\b)?"), "‹n› $1s$2"),
        (Of("(?<=targets) goes"), " go"),
        (Of(@"(?<![a-zA-Z0-9/-])\d+(?:\.\d+)?\b"), "‹n›"),
        (Of("‹target›(?:, ‹target›)+"), "‹target›, …"),
        (Of("(?<item>[‹«][^;]*)(?:; \\k<item>)+"), "${item}; …"),
    ];

    /// <summary>The same texts come again and again, decision after decision.</summary>
    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    /// <summary>Where one sentence ends and the next begins; words that lead to another sentence are one by themselves.</summary>
    private static readonly Regex End = Of(@"(?<=\.)\s+(?=[A-Z‹«])|(?<=When writes are allowed again:)\s+|(?<=^refused, because)\s+");

    private static readonly Regex Part = Of(@"(?<=;)\s+");

    /// <summary>Its sentences; with parts, what a semicolon parts is a sentence too.</summary>
    public static IEnumerable<string> Sentences(string text, bool parts) =>
        (parts ? Part : End).Split(In(text)).Select(part => part.TrimEnd(';', '.', ' ')).Where(part => part.Length > 1 && part.Any(char.IsLetter));

    public static string In(string text) => Known.GetOrAdd(text, static said => Values.Aggregate(said, (plain, value) => value.Value.Replace(plain, value.Holder)));

    private static Regex Of(string pattern) => new(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, TimeSpan.FromSeconds(1));
}
