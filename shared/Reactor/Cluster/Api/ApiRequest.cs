using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>One request to the API server, with its path relative to the server's address.</summary>
internal sealed record ApiRequest(HttpMethod Method, string Path)
{
    public const string MergePatch = "application/merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";
    public const string Json = "application/json";

    private byte[]? _body;
    private string _contentType = Json;

    /// <summary>Asked before every repetition: a runner whose lease ends must not send again.</summary>
    public Func<bool> MaySend { get; init; } = () => true;

    public static ApiRequest Get(string path) => new(HttpMethod.Get, path);

    public ApiRequest With(JsonObject body, string contentType) =>
        this with { _body = Encoding.UTF8.GetBytes(body.ToJsonString()), _contentType = contentType };

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, new Uri(Path, UriKind.Relative));
        if (_body is not null)
        {
            message.Content = new ByteArrayContent(_body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(_contentType);
        }

        return message;
    }
}
