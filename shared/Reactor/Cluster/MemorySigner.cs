using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Signs what the cluster remembers of a trip. Whoever may edit a ScaledObject may edit its annotations, so the text is bound
/// to the object's uid and to a key that only the reactor has. Format: <c>v1.&lt;base64url json&gt;.&lt;base64url mac&gt;</c>.
/// </summary>
public sealed class MemorySigner
{
    private const string Version = "v1";
    private const int LeastKeyLength = 16;

    private readonly LiveSecret _key;

    /// <param name="key">At least 16 characters. The first value signs; while the key is being replaced the second verifies too.</param>
    public MemorySigner(LiveSecret key)
    {
        if (key.Now is null || key.All.Any(value => value.Reveal().Length < LeastKeyLength))
            throw new ClusterSettingException($"The key that signs memories is too short; expected at least {LeastKeyLength} characters.");
        _key = key;
    }

    public string Sign(TargetMemory memory, string uid)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new SignedMemory(uid, memory), MemoryJson.Default.SignedMemory);
        var signed = $"{Version}.{Base64Url.EncodeToString(json)}";
        return $"{signed}.{Base64Url.EncodeToString(Mac(_key.All[0], signed))}";
    }

    /// <summary>The memory that this text holds for the object with this uid, or why it holds none.</summary>
    public VerifiedMemory Verify(string text, string uid)
    {
        var parts = text.Split('.');
        if (parts.Length != 3 || parts[0] != Version)
            return VerifiedMemory.No("it is not a memory of ours (v1.….…)");
        var keys = _key.All;
        var by = TryDecode(parts[2], out var mac) ? keys.FirstOrDefault(key => CryptographicOperations.FixedTimeEquals(mac, Mac(key, $"{parts[0]}.{parts[1]}"))) : null;
        if (by is null)
            return VerifiedMemory.No("its signature is not ours");

        // Only what we signed is parsed.
        try
        {
            var held = TryDecode(parts[1], out var json) ? JsonSerializer.Deserialize(json, MemoryJson.Default.SignedMemory) : null;
            if (held?.Memory is not { } memory)
                return VerifiedMemory.No("it can't be read");
            return held.Uid == uid ? VerifiedMemory.Yes(memory, byFirst: by == keys[0]) : VerifiedMemory.No("it was written for another object of this name");
        }
        catch (JsonException e)
        {
            return VerifiedMemory.No($"it can't be read: {e.Message}");
        }
    }

    private static byte[] Mac(Secret key, string text) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Reveal()), Encoding.UTF8.GetBytes(text));

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (!Base64Url.IsValid(text))
            return false;
        bytes = Base64Url.DecodeFromChars(text);
        return true;
    }
}

/// <summary>A memory that is ours, or why it is not to be believed.</summary>
public sealed record VerifiedMemory
{
    public TargetMemory? Memory { get; private init; }

    public string WhyNot { get; private init; } = "";

    /// <summary>True: signed with the key that is being replaced, so that it must be signed anew before that one goes.</summary>
    public bool ByOldKey { get; private init; }

    internal static VerifiedMemory Yes(TargetMemory memory, bool byFirst) => new() { Memory = memory, ByOldKey = !byFirst };

    internal static VerifiedMemory No(string why) => new() { WhyNot = why };
}

internal sealed record SignedMemory(string Uid, TargetMemory Memory);

// Enums by name: a cause added between two others must not change what an old text says.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(SignedMemory))]
internal sealed partial class MemoryJson : JsonSerializerContext;
