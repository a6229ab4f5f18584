using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>How everything that is kept is written: the same bytes in every store, and in the annotations.</summary>
public static class ReactorJson
{
    /// <summary>
    /// By reflection, not by a generated context: generated code takes init-only members for constructor arguments and gives
    /// null or zero to those that the JSON lacks. A member that is added later would then read as null from every older
    /// row; so it reads as its initial value.
    /// </summary>
    public static JsonSerializerOptions Options { get; } = Make();

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">Not JSON, not a <typeparamref name="T"/>, or a required member is missing.</exception>
    public static T Read<T>(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"null stands where a {typeof(T).Name} is expected");
        }
        catch (Exception unfit) when (unfit is NotSupportedException or ArgumentException or FormatException or OverflowException or InvalidOperationException)
        {
            // NotSupported: a "$type" that this version does not know. The others: values that a type of ours refuses.
            throw new JsonException(unfit.Message, unfit);
        }
    }

    /// <summary>As a tree, for members that no type of ours has.</summary>
    /// <exception cref="JsonException">Not a JSON object, or one of which nobody can say what was meant: a name twice, a text that is no Unicode.</exception>
    internal static JsonObject Tree(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new JsonException("an object is expected");
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
            // Kept in databases and annotations, never inside HTML: people read it there.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NoNulls.In } },
            Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false), new TargetIdConverter() },
        };
        options.MakeReadOnly();
        return options;
    }
}
