using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Schemas;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>
/// What the server makes of a body before anybody looks at its meaning, and in which words it refuses it. They differ by the way in: 400 for a whole
/// object of a built-in kind, 422 for a patch and for a custom resource, 500 for a configuration that is applied (kubernetes/kubernetes#139253).
/// </summary>
internal static class Incoming
{
    private const string Strict = "Strict";

    /// <summary>A whole object. Fields that its kind does not have are gone afterwards.</summary>
    /// <returns>What the client is to be warned of.</returns>
    public static ImmutableArray<string> Whole(Resource resource, JsonObject document, ApiRequest request)
    {
        if (document.Text("apiVersion") is { } version && version != resource.ApiVersion)
            throw ApiException.BadRequest($"the API version in the data ({version}) does not match the expected API version ({resource.ApiVersion})");
        if (document.Text("kind") is { } kind && kind != resource.Kind)
            throw ApiException.BadRequest($"{kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}");
        return Read(resource, document, request,
            said => ApiException.BadRequest($"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: {said}"));
    }

    /// <summary>What an object becomes by a patch.</summary>
    public static ImmutableArray<string> Patched(Resource resource, JsonObject document, ApiRequest request) =>
        Read(resource, document, request, said => ApiException.InvalidPatch(System.Text.Encoding.UTF8.GetString(request.Body.Span), said));

    /// <summary>A configuration that is to be merged.</summary>
    public static void Applied(Resource resource, string? ns, string name, JsonObject configuration)
    {
        if (SchemaTables.Of(resource) is not { } root)
            return;
        var decoder = new Decoder(resource.Custom) { ByKey = true, Defaults = false };
        decoder.Read(configuration, root);
        var said = decoder.Unknown.Select(path => $".{path}: field not declared in schema").Concat(decoder.Wrong.Select(w => w.AsTyped)).ToList();
        if (said.Count == 0)
            return;
        var all = said.Count == 1 ? said[0] : $"errors:\n{string.Join('\n', said.Select(s => "  " + s))}";
        throw ApiException.Untyped($"failed to create typed patch object ({ns}/{name}; {resource.ApiVersion}, Kind={resource.Kind}): {all}");
    }

    /// <summary>What a merge brought together, with what the server fills in.</summary>
    public static void Merged(Resource resource, JsonObject document)
    {
        if (SchemaTables.Of(resource) is { } root)
            new Decoder(resource.Custom).Read(document, root);
    }

    private static ImmutableArray<string> Read(Resource resource, JsonObject document, ApiRequest request, Func<string, ApiException> refusal)
    {
        if (SchemaTables.Of(resource) is not { } root)
            return [];
        var decoder = new Decoder(resource.Custom);
        decoder.Read(document, root);

        // Metadata is of a built-in type in custom resources too.
        var undecoded = decoder.Wrong.Where(w => !resource.Custom || w.Path.StartsWith("metadata.", StringComparison.Ordinal)).ToList();
        if (undecoded.Count > 0)
            throw refusal(undecoded[0].AsGo(resource.Kind));
        var unknown = decoder.Unknown.Select(path => $"unknown field \"{path}\"").ToImmutableArray();
        if (unknown.Length > 0 && request.Ask("fieldValidation") == Strict)
            throw refusal($"strict decoding error: {string.Join(", ", unknown)}");
        if (decoder.Wrong.Count > 0)
            throw ApiException.Invalid(resource, document.Object("metadata").Text("name") ?? "",
                [.. decoder.Wrong.Select(w => new FieldFault(w.Path, w.AsDefinition, "FieldValueTypeInvalid"))]);
        return request.Ask("fieldValidation") == "Ignore" ? [] : unknown;
    }
}
