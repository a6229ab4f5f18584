using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>Answers as JSON: camelCase names and words, nothing for what is not known.</summary>
public static class Answer
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        // People read answers in a terminal: "can't", not "can\u0027t". Safe: no answer is HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = AnswerJson.Default,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static IResult Of<T>(T body, int status = StatusCodes.Status200OK) => Results.Json(body, Json, statusCode: status);
}
