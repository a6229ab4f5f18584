using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>Suggests the key that was probably meant.</summary>
internal static class Nearest
{
    public static string Of(string found, string path, IReadOnlyCollection<string> known)
    {
        var place = path.Length == 0 ? "at the top" : $"in {path}";
        return EditDistance.Nearest(found, known) is { } near
            ? $"a key known {place}; did you mean '{near}'?"
            : $"one of {string.Join(", ", known)} {place}";
    }
}
