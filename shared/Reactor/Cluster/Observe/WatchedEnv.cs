using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Where an environment variable has its value from. Only a literal, and the pod's own namespace, can be told from a Deployment.</summary>
internal sealed record EnvDto(string? Name, string? Value, EnvSourceDto? ValueFrom);

internal sealed record EnvSourceDto(EnvFieldDto? FieldRef);

internal sealed record EnvFieldDto(string? FieldPath);

/// <summary>The two variables by which an operator says its share. Of several of one name the last counts, as for the kubelet.</summary>
internal sealed record WatchedEnv(EnvDto? Namespace, EnvDto? LabelSelector)
{
    public const string NamespaceName = "WATCH_NAMESPACE";
    public const string LabelSelectorName = "WATCH_LABEL_SELECTOR";
}

/// <summary>Reads a container's env without keeping any other variable: every Deployment of the cluster has some, and passwords may be among them.</summary>
internal sealed class WatchedEnvConverter : JsonConverter<WatchedEnv>
{
    public override WatchedEnv? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("env is no array");
        var env = new WatchedEnv(null, null);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var name = reader.TokenType == JsonTokenType.StartObject ? NameOf(reader) : null;
            if (name is null)
                reader.Skip();
            else if (JsonSerializer.Deserialize(ref reader, ObserveJson.Default.EnvDto) is { } known)
                env = name == WatchedEnv.NamespaceName ? env with { Namespace = known } : env with { LabelSelector = known };
        }

        return env;
    }

    public override void Write(Utf8JsonWriter writer, WatchedEnv value, JsonSerializerOptions options) => throw new NotSupportedException("Deployments are read only.");

    /// <summary>By a copy of the reader, which stays where it is: the name may follow the value.</summary>
    private static string? NameOf(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isName = reader.ValueTextEquals("name");
            reader.Read();
            if (isName && reader.TokenType == JsonTokenType.String)
            {
                return reader.ValueTextEquals(WatchedEnv.NamespaceName) ? WatchedEnv.NamespaceName
                    : reader.ValueTextEquals(WatchedEnv.LabelSelectorName) ? WatchedEnv.LabelSelectorName : null;
            }

            reader.Skip();
        }

        return null;
    }
}
