using System.Text.Encodings.Web;
using System.Text.Json;
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
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"null stands where a {typeof(T).Name} is expected");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            IgnoreReadOnlyProperties = true,
            RespectNullableAnnotations = true,
            // Kept in databases and annotations, never inside HTML: people read it there.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false), new TargetIdConverter() },
        };
        options.MakeReadOnly();
        return options;
    }
}
