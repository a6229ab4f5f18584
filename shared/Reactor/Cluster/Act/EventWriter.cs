using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Writes an Event about a ScaledObject, where <c>kubectl describe</c> and event exporters find it.</summary>
internal sealed class EventWriter(ApiClient api)
{
    /// <summary>False when it was not taken. One that is there already was taken.</summary>
    public async Task<bool> WriteAsync(EventOnTarget told, CancellationToken cancel)
    {
        var ns = told.Target.Namespace;
        if (ApiPath.Fault(ns, told.Target.Name) is not null)
            return false;
        var request = new ApiRequest(HttpMethod.Post, $"api/v1/namespaces/{Uri.EscapeDataString(ns)}/events?{ApiPath.FieldManager}").With(Body(told), ApiRequest.Json);
        var answer = await api.SendAsync(request, ApiJson.Default.ObjectDto, cancel);
        return answer.IsSuccess || answer is { Fate: Fate.Answered, Status: 409 };
    }

    private static JsonObject Body(EventOnTarget told)
    {
        var at = told.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var involved = new JsonObject
        {
            ["apiVersion"] = "keda.sh/v1alpha1", ["kind"] = "ScaledObject", ["namespace"] = told.Target.Namespace, ["name"] = told.Target.Name,
        };
        if (told.Uid is { } uid)
            involved["uid"] = uid;
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Event",
            ["metadata"] = new JsonObject { ["name"] = NameOf(told), ["namespace"] = told.Target.Namespace },
            ["involvedObject"] = involved,
            ["type"] = told.Warning ? "Warning" : "Normal",
            ["reason"] = told.Reason,
            ["message"] = Core.Words.Cut(told.Message, TargetEvent.LongestMessage),
            ["source"] = new JsonObject { ["component"] = Annotations.Manager },
            ["reportingComponent"] = Annotations.Manager,
            ["reportingInstance"] = Annotations.Manager,
            ["firstTimestamp"] = at,
            ["lastTimestamp"] = at,
            ["count"] = 1,
        };
    }

    /// <summary>The same for the same news, so that several instances, or one that was restarted, write one Event.</summary>
    private static string NameOf(EventOnTarget told)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{told.Target}/{told.Reason}/{told.Key}")))[..16];
        var name = told.Target.Name.Length > 200 ? told.Target.Name[..200].TrimEnd('.', '-') : told.Target.Name;
        return $"{name}.{hash}";
    }
}
