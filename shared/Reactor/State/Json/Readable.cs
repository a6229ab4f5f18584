using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>Entries of queues: one that can't be read is passed over by this version and kept for one that can.</summary>
internal static class Readable
{
    public static bool TryRead<T>(string json, [NotNullWhen(true)] out T? value)
        where T : class
    {
        try
        {
            value = ReactorJson.Read<T>(json);
            return true;
        }
        catch (JsonException)
        {
            value = null;
            return false;
        }
    }
}
