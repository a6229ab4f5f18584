namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// How much is taken from the API server, or from what answers in its place. Measured: 1,000 ScaledObjects with their HPAs and Deployments are
/// 11.6 MiB of JSON, 4 KiB an object; 10,000 targets are to work in the 512 MiB that the shipped manifests allow.
/// The time of one look is bounded beside this (<see cref="ClusterClient"/>).
/// </summary>
internal static class ApiBounds
{
    /// <summary>Objects of one page.</summary>
    public const int PageSize = 500;

    /// <summary>
    /// Bytes of one answer, after decompression: 32 KiB for each object of a full page, eight times what was measured. Four lists are read at
    /// once, so that these are at most 64 MiB.
    /// </summary>
    public const int LargestAnswer = 16 * 1024 * 1024;

    /// <summary>Pages of one list: 50,000 objects. 10,000 targets need 20, and Deployments that are no targets may be several times as many.</summary>
    public const int MostPages = 100;

    /// <summary>Bytes of all answers of one look: 10,000 targets are 116 MiB, beside the workloads and events of others.</summary>
    public const long LargestLook = 256L * 1024 * 1024;

    /// <summary>Characters of a continue token: it goes into an address. Real ones have some 200.</summary>
    public const int LongestToken = 4096;

    /// <summary>Characters of a name or a namespace: what Kubernetes allows.</summary>
    public const int LongestName = 253;

    /// <summary>Characters of all annotations of an object: what Kubernetes allows, in bytes.</summary>
    public const int LongestAnnotations = 256 * 1024;

    /// <summary>Characters of a condition's message that are kept: it goes into the panel and onto pages, and Kubernetes allows 32 KiB.</summary>
    public const int LongestMessage = 2000;

    public static string Mebibytes(long bytes) => $"{bytes / (1024 * 1024)} MiB";
}

/// <summary>What the answers of one look may still hold. Lists are read side by side.</summary>
internal sealed class ByteBudget(long most)
{
    private long _left = most;

    public bool Take(int bytes) => Interlocked.Add(ref _left, -bytes) >= 0;
}

/// <summary>More was sent than is taken: an <see cref="IOException"/>, as everything that breaks an answer off.</summary>
internal sealed class AnswerTooLargeException(string message) : IOException(message);
