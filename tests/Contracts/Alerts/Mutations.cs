using System.Text;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

/// <summary>A good body, damaged in many ways; the same ways for the same seed.</summary>
internal static class Mutations
{
    /// <summary>Bytes that break JSON, text, times and names in interesting ways.</summary>
    private static readonly string[] Pieces =
        ["\"", "\\", "{", "}", "[", "]", ",", ":", "null", "\\ud800", "\\u0000", "\u00ff", "-", "1e999", "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59+14:00", "\"labels\":", "\n"];

    public static IEnumerable<byte[]> Of(string original, int seed, int rounds)
    {
#pragma warning disable RS0030 // The ban is on randomness without a seed.
        var random = new Random(seed);
#pragma warning restore RS0030
        var bytes = Encoding.UTF8.GetBytes(original);
        for (var round = 0; round < rounds; round++)
            yield return Mutate(bytes, random);
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var body = original.ToList();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0: body[at] = (byte)random.Next(256); break;
                case 1: body.RemoveRange(at, Math.Min(random.Next(1, 20), body.Count - at)); break;
                case 2: body.InsertRange(at, Encoding.Latin1.GetBytes(Pieces[random.Next(Pieces.Length)])); break;
                default: body.InsertRange(at, body.GetRange(random.Next(at + 1), Math.Min(10, body.Count - at))); break;
            }
        }

        return [.. body];
    }
}
