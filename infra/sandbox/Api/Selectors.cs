using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>labelSelector and fieldSelector of a request.</summary>
public static class Selectors
{
    public static Func<StoredObject, bool>? Parse(Resource resource, ApiRequest request)
    {
        var tests = new List<Func<StoredObject, bool>>();
        foreach (var part in Parts(request.Ask("labelSelector")))
            tests.Add(Label(part));
        foreach (var part in Parts(request.Ask("fieldSelector")))
            tests.Add(Field(resource, part));
        return tests.Count == 0 ? null : o => tests.TrueForAll(t => t(o));
    }

    public static Func<StoredObject, bool> OfLabels(string selector)
    {
        var tests = Parts(selector).Select(Label).ToList();
        return o => tests.TrueForAll(t => t(o));
    }

    private static Func<StoredObject, bool> Label(string part)
    {
        var (key, op, values) = Requirement(part);
        return o =>
        {
            var value = o.Metadata.Object("labels").Text(key);
            return op switch
            {
                "in" => value is not null && values.Contains(value),
                "notin" => value is null || !values.Contains(value),
                "exists" => value is not null,
                _ => value is null,
            };
        };
    }

    private static Func<StoredObject, bool> Field(Resource resource, string part)
    {
        var (key, op, values) = Requirement(part);
        var name = resource == Resources.EventsV1 && key.StartsWith("regarding.", StringComparison.Ordinal) ? "involvedObject." + key["regarding.".Length..] : key;
        var eventField = resource.Plural == "events"
            && (name is "reason" or "type" or "reportingComponent" or "source" || name.StartsWith("involvedObject.", StringComparison.Ordinal));
        if (op is not ("in" or "notin") || !(name is "metadata.name" or "metadata.namespace" || eventField))
            throw ApiException.BadRequest($"field label not supported: {key}");
        if (name == "source")
            return o => values.Contains(o.Document.Object("source").Text("component") ?? o.Document.Text("reportingComponent") ?? "") == (op == "in");
        var path = name.Split('.');
        return o =>
        {
            JsonNode? node = o.Document;
            foreach (var step in path)
                node = (node as JsonObject)?[step];
            return values.Contains(node?.ToString() ?? "") == (op == "in");
        };
    }

    private static (string Key, string Op, string[] Values) Requirement(string part)
    {
        var at = part.IndexOf("!=", StringComparison.Ordinal);
        if (at > 0)
            return (part[..at].Trim(), "notin", [part[(at + 2)..].Trim()]);
        at = part.IndexOf('=');
        if (at > 0)
            return (part[..at].Trim(), "in", [part[(at + 1)..].TrimStart('=').Trim()]);
        at = part.IndexOf('(');
        if (at > 0)
        {
            var words = part[..at].Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var key, "in" or "notin"])
                throw ApiException.BadRequest($"unable to parse requirement: found '{part}'");
            return (key, words[1], part[(at + 1)..].TrimEnd(')').Split(',', StringSplitOptions.TrimEntries));
        }

        return part.StartsWith('!') ? (part[1..].Trim(), "missing", []) : (part.Trim(), "exists", []);
    }

    /// <summary>Commas separate, except inside brackets.</summary>
    private static IEnumerable<string> Parts(string? selector)
    {
        var depth = 0;
        var start = 0;
        var text = (selector ?? "") + ",";
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (text[i] != ',' || depth != 0)
                continue;
            if (text[start..i].Trim() is { Length: > 0 } part)
                yield return part;
            start = i + 1;
        }
    }
}
