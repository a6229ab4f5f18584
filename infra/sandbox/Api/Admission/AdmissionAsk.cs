using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission;

/// <summary>A write that is about to happen, as admission sees it.</summary>
/// <param name="Operation">CREATE, UPDATE or DELETE.</param>
/// <param name="Resource">Of the URL.</param>
/// <param name="Subresource">status or scale; null for the object itself.</param>
/// <param name="Namespace">Empty in the whole cluster.</param>
/// <param name="Name">The object's.</param>
/// <param name="Object">As it would be afterwards; null for a DELETE.</param>
/// <param name="Old">As it is; null for a CREATE.</param>
/// <param name="Request">Who asks, and whether it is a dry run.</param>
public sealed record AdmissionAsk(
    string Operation, Resource Resource, string? Subresource, string Namespace, string Name, JsonObject? Object, JsonObject? Old, ApiRequest Request)
{
    /// <summary>The variable "request" of an expression. What is empty is not there, as in the real one.</summary>
    public JsonObject AsRequest()
    {
        var request = new JsonObject
        {
            ["operation"] = Operation,
            ["name"] = Name,
            ["kind"] = Kind(),
            ["resource"] = new JsonObject { ["group"] = Resource.Group, ["version"] = Resource.Version, ["resource"] = Resource.Plural },
            ["userInfo"] = new JsonObject { ["username"] = Request.User },
            ["dryRun"] = Request.DryRun,
        };
        if (Namespace.Length > 0)
            request["namespace"] = Namespace;
        if (Subresource is not null)
            request["subResource"] = Subresource;
        return request;
    }

    /// <summary>Objects of built-in kinds are stored without their kind.</summary>
    public JsonObject? Whole(JsonObject? document)
    {
        if (document is null || document["kind"] is not null)
            return document;
        var whole = document.Copy();
        whole["kind"] = Resource.Kind;
        whole["apiVersion"] = Resource.ApiVersion;
        return whole;
    }

    private JsonObject Kind() => Subresource == "scale"
        ? new JsonObject { ["group"] = "autoscaling", ["version"] = "v1", ["kind"] = "Scale" }
        : new JsonObject { ["group"] = Resource.Group, ["version"] = Resource.Version, ["kind"] = Resource.Kind };
}
