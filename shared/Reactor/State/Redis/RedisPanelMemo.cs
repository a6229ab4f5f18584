using System.Security.Cryptography;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>The panel that was read or written last, and the sum of its bytes as Redis reckons it: what is to be written over must be that.</summary>
internal sealed class RedisPanelMemo
{
    private volatile string sum = "";

    public PanelMemo Panel { get; } = new();

    /// <summary>Empty before the first.</summary>
    public string Sum => sum;

#pragma warning disable CA5350 // It tells texts apart, nothing more, and redis.sha1hex is the only sum that Lua has there.
    public static string SumOf(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData(bytes));
#pragma warning restore CA5350

    public void Lies(byte[] bytes) => sum = SumOf(bytes);
}
