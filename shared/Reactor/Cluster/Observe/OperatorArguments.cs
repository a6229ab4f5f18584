namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// What the operator's own command line says of its leader lease. KEDA reads it with pflag: a name may follow "=" or stand as the next word, a
/// boolean only follows "=" ("--leader-elect false" is true with a stray word), and the last of several counts.
/// </summary>
internal sealed record OperatorArguments(bool Elects, string LeaseName)
{
    /// <summary>It was told to elect: KEDA by itself does not, and then nobody waits for another.</summary>
    public bool ToldToElect { get; init; }

    public const string DefaultLease = "operator.keda.sh";
    private const string Id = "--leader-election-id";
    private const string Elect = "--leader-elect";

    /// <summary>With no word about it the lease has KEDA's own name: an image or a wrapper may add what the Deployment does not show.</summary>
    public static OperatorArguments Of(IEnumerable<string?> words)
    {
        var (elects, told, name) = (true, false, DefaultLease);

        // A shell's one long word holds several.
        string[] all = [.. words.SelectMany(w => (w ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Select(w => w.Trim('"', '\''))];
        for (var i = 0; i < all.Length; i++)
        {
            if (all[i].StartsWith(Id + "=", StringComparison.Ordinal))
                name = all[i][(Id.Length + 1)..];
            else if (all[i] == Id && i + 1 < all.Length)
                name = all[++i];
            else if (all[i].StartsWith(Elect + "=", StringComparison.Ordinal))
                told = elects = all[i][(Elect.Length + 1)..].Trim('"', '\'') is not ("false" or "False" or "FALSE" or "f" or "F" or "0");
            else if (all[i] == Elect)
                told = elects = true;
        }

        name = name.Trim('"', '\'');
        return new OperatorArguments(elects, name.Length > 0 ? name : DefaultLease) { ToldToElect = told };
    }
}
