using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Schemas;

/// <summary>
/// The bodies that kubectl create sends: "k8s\0", then a message with the kind and, inside it, the object's own message. Fields are found by their
/// numbers in the tables. (The encoding: protobuf.dev/programming-guides/encoding; the envelope: runtime.Unknown of k8s.io/apimachinery.)
/// </summary>
public static class Protobuf
{
    private const int Varint = 0;
    private const int Bytes = 2;

    /// <returns>Null: not that, or something in it that the tables don't know.</returns>
    public static JsonObject? Read(ReadOnlySpan<byte> body, SchemaStruct? root)
    {
        if (root is null || !body.StartsWith("k8s\0"u8))
            return null;
        try
        {
            var envelope = Fields(body[4..]);
            var meta = Fields(envelope.Single(f => f.Number == 1).Body);
            var document = Message(envelope.Single(f => f.Number == 2).Body, root);
            document["apiVersion"] = meta.Where(f => f.Number == 1).Select(f => Text(f.Body)).Single();
            document["kind"] = meta.Where(f => f.Number == 2).Select(f => Text(f.Body)).Single();
            return document;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    private static JsonObject Message(byte[] body, SchemaStruct part)
    {
        var made = new JsonObject();
        foreach (var sent in Fields(body))
        {
            var field = part.Field(sent.Number);
            if (field is null && IsNothing(sent))
                continue;
            if (field is null)
                throw new FormatException($"no field {sent.Number} of {part.Name}");
            switch (field.Type.Kind)
            {
                case SchemaKind.Any:
                    // The status: the server's own, whatever is sent.
                    break;
                case SchemaKind.List:
                    if (made[field.Name] is not JsonArray list)
                        made[field.Name] = list = [];
                    list.Add(Value(sent, field.Type.Item!));
                    break;
                case SchemaKind.Map:
                    var entry = Fields(sent.Body);
                    var name = entry.Where(e => e.Number == 1).Select(e => Text(e.Body)).SingleOrDefault("");
                    made.Ensure(field.Name)[name] = Value(entry.FirstOrDefault(e => e.Number == 2) ?? new Sent(2, 0, []), field.Type.Item!);
                    break;
                default:
                    if (field.Pointer || !IsNothing(sent) || field.Type.Kind == SchemaKind.Struct)
                        made[field.Name] = Value(sent, field.Type);
                    break;
            }
        }

        return made;
    }

    /// <summary>What the encoder writes for a field that nobody set.</summary>
    private static bool IsNothing(Sent sent) => sent.Whole == 0 && sent.Body.All(b => b == 0);

    private static JsonNode? Value(Sent sent, SchemaType type) => type.Kind switch
    {
        SchemaKind.String => Text(sent.Body),
        SchemaKind.Bytes => Convert.ToBase64String(sent.Body),
        SchemaKind.Bool => sent.Whole != 0,
        SchemaKind.Int32 => (int)(long)sent.Whole,
        SchemaKind.Int64 => (long)sent.Whole,
        SchemaKind.Quantity => Fields(sent.Body).Where(f => f.Number == 1).Select(f => Text(f.Body)).SingleOrDefault("0"),
        SchemaKind.IntOrString => IntOrString(Fields(sent.Body)),
        SchemaKind.Time => DateTimeOffset.FromUnixTimeSeconds((long)(Fields(sent.Body).FirstOrDefault(f => f.Number == 1)?.Whole ?? 0)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        SchemaKind.Struct => Message(sent.Body, SchemaTables.Struct(type)),
        _ when sent.Body.Length == 0 => null,
        _ => throw new FormatException($"nothing reads field {sent.Number}"),
    };

    private static JsonNode IntOrString(List<Sent> parts) => parts.Exists(p => p is { Number: 1, Whole: 1 })
        ? parts.Where(p => p.Number == 3).Select(p => Text(p.Body)).SingleOrDefault("")
        : (int)(long)(parts.Find(p => p.Number == 2)?.Whole ?? 0);

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body);

    private static List<Sent> Fields(ReadOnlySpan<byte> body)
    {
        var fields = new List<Sent>();
        while (body.Length > 0)
        {
            var tag = Next(ref body);
            var number = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case Varint:
                    fields.Add(new Sent(number, Next(ref body), []));
                    break;
                case Bytes:
                    var length = checked((int)Next(ref body));
                    fields.Add(new Sent(number, 0, body[..length].ToArray()));
                    body = body[length..];
                    break;
                case var other:
                    throw new FormatException($"wire type {other} is in no message that is read here");
            }
        }

        return fields;
    }

    private static ulong Next(ref ReadOnlySpan<byte> body)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var one = body[0];
            body = body[1..];
            value |= (ulong)(one & 0x7F) << shift;
            if (one < 0x80)
                return value;
        }

        throw new FormatException("a number of more than ten bytes");
    }

    private sealed record Sent(int Number, ulong Whole, byte[] Body);
}
