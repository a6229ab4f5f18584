using System.Buffers;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Reads a body whole, as far as it keeps to its bounds. The buffer grows with what arrives and never with what is promised.</summary>
internal static class BoundedBody
{
    private const int First = 16 * 1024;

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads it and hands it to <paramref name="parse"/>; the bytes are not to be kept.</summary>
    /// <exception cref="AnswerTooLargeException">It is larger than one answer, or than what is left of the look.</exception>
    public static async Task<T> ReadAsync<T>(HttpContent content, ByteBudget? budget, Func<ReadOnlyMemory<byte>, T> parse, CancellationToken cancel)
    {
        await using var body = await content.ReadAsStreamAsync(cancel);
        var buffer = ArrayPool<byte>.Shared.Rent(First);
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    buffer = Grown(buffer, length);
                var read = await body.ReadAsync(buffer.AsMemory(length), cancel);
                if (read == 0)
                    break;
                length += read;
                if (length > ApiBounds.LargestAnswer)
                    throw new AnswerTooLargeException($"it is larger than {ApiBounds.Mebibytes(ApiBounds.LargestAnswer)}");
                if (budget?.Take(read) == false)
                    throw new AnswerTooLargeException($"all answers of one look are larger than {ApiBounds.Mebibytes(ApiBounds.LargestLook)}");
            }

            var start = buffer.AsSpan(0, length).StartsWith(Mark) ? Mark.Length : 0;
            return parse(buffer.AsMemory(start, length - start));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grown(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
