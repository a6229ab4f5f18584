namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>What INFO says, "name:value" on each line.</summary>
internal static class RedisInfo
{
    public static IReadOnlyDictionary<string, string> Of(params ReadOnlySpan<string?> answers)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            foreach (var line in (answer ?? "").Split('\n'))
            {
                if (line.IndexOf(':') is > 0 and var colon)
                    found[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        return found;
    }
}
